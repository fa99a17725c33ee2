// RUN: %verify-diagnostics %s

func.func @fusion(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.fusion' needs exactly one block in its region, has 0}}
  %0 = "dnnf.fusion"() ({
  }) {anchor = "", resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : () -> tensor<4xf32>
  return
}

// -----

func.func @fusion(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.fusion' has region arguments; its operations read values from outside directly}}
  %0 = "dnnf.fusion"() ({
  ^bb0(%arg1: tensor<4xf32>):
    vector.yield %arg1 : tensor<4xf32>
  }) {anchor = "", resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : () -> tensor<4xf32>
  return
}

// -----

func.func @fusion(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.fusion' region must end in vector.yield}}
  %0 = "dnnf.fusion"() ({
    %1 = "dnnf.relu"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
    tosa.yield %1 : tensor<4xf32>
  }) {anchor = "", resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : () -> tensor<4xf32>
  return
}

// -----

func.func @fusion(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.fusion' yields values whose types differ from its results}}
  %0 = "dnnf.fusion"() ({
    %1 = "dnnf.relu"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
    vector.yield %1 : tensor<4xf32>
  }) {anchor = "", resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : () -> tensor<2xf32>
  return
}

// -----

func.func @mapping(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'"all"' does not satisfy the constraint}}
  %0 = "dnnf.relu"(%arg0) {dnnf.mapping = #dnnf.mapping<"all">} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @attribute_missing(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.softmax' needs the attribute axis}}
  %0 = "dnnf.softmax"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @attribute_kind(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.transpose' attribute perm must be array<i64>}}
  %0 = "dnnf.transpose"(%arg0) {perm = array<f64: 0.0>} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @attribute_kind(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.softmax' attribute axis must be an integer}}
  %0 = "dnnf.softmax"(%arg0) {axis = "0"} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @segments(%arg0: tensor<4x4xf32>) {
  // expected-error@+1 {{'dnnf.gemm' needs the attribute operandSegmentSizes, an array<i32>}}
  %0 = "dnnf.gemm"(%arg0, %arg0) {alpha = 1.0, beta = 1.0, transA = 0, transB = 0} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @segments(%arg0: tensor<4x4xf32>) {
  // expected-error@+1 {{'dnnf.gemm' operandSegmentSizes must have 3 entries that add up to 2, got [1, 1, 1]}}
  %0 = "dnnf.gemm"(%arg0, %arg0) {alpha = 1.0, beta = 1.0, transA = 0, transB = 0, operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @segments(%arg0: tensor<4x4xf32>) {
  // expected-error@+1 {{'dnnf.gemm' operandSegmentSizes has 0 for operand b}}
  %0 = "dnnf.gemm"(%arg0, %arg0) {alpha = 1.0, beta = 1.0, transA = 0, transB = 0, operandSegmentSizes = array<i32: 1, 0, 1>} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @operand_count(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.add' needs 2 operand(s), got 1}}
  %0 = "dnnf.add"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @unknown(%arg0: tensor<4xf32>) {
  // expected-error@+1 {{unregistered operation 'dnnf.rectify' found in dialect ('dnnf')}}
  %0 = "dnnf.rectify"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @no_tensor(%arg0: f32) {
  // expected-error@+1 {{'dnnf.relu' expected a tensor type with static dimensions, got f32}}
  %0 = "dnnf.relu"(%arg0) : (f32) -> f32
  return
}

// -----

func.func @dynamic(%arg0: tensor<?xf32>) {
  // expected-error@+1 {{'dnnf.relu' expected a tensor type whose free sizes have names, got tensor<?xf32>}}
  %0 = "dnnf.relu"(%arg0) : (tensor<?xf32>) -> tensor<?xf32>
  return
}
