// RUN: %verify-diagnostics %s

func.func @no_block(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' needs exactly one block in its region, has 0}}
  %0 = "dnnf.loop"(%limit, %start, %x) ({
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func @states(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' needs operands for limit, condition and 2 state(s), and a result for each state}}
  %0 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    vector.yield %c, %s : tensor<i1>, tensor<4xf32>
  }) {states = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func @limit(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' limit must be one element of i64, is i1}}
  %0 = "dnnf.loop"(%start, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    vector.yield %c, %s : tensor<i1>, tensor<4xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i1>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func @condition(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' condition must be one element of i1, is 4xf32}}
  %0 = "dnnf.loop"(%limit, %x, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    vector.yield %c, %s : tensor<i1>, tensor<4xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func @result(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' a state starts as 4xf32, but ends as 4xi64}}
  %0 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    vector.yield %c, %s : tensor<i1>, tensor<4xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xi64>)
  return
}

// -----

func.func @arguments(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' region takes i64, i1, 8xf32 where the operands are i64, i1, 4xf32}}
  %0 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<8xf32>):
    vector.yield %c, %s : tensor<i1>, tensor<8xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func @terminator(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' region must end in vector.yield}}
  %0 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    tosa.yield %c, %s : tensor<i1>, tensor<4xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func @no_condition(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' region must yield a condition of one element first, yields 4xf32}}
  %0 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    vector.yield %s : tensor<4xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func @yielded(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' region yields i64 for states and parts of 4xf32}}
  %0 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    vector.yield %c, %i : tensor<i1>, tensor<i64>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}

// -----

func.func @part(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' region yields 4xf32, 4xf32 for states and parts of 4xf32, 3x2x4xf32}}
  %0:2 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    vector.yield %c, %s, %s : tensor<i1>, tensor<4xf32>, tensor<4xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>, tensor<3x2x4xf32>)
  return
}

// -----

func.func @outside(%limit: tensor<i64>, %start: tensor<i1>, %x: tensor<4xf32>) {
  // expected-error@+1 {{'dnnf.loop' region reads a value from outside in dnnf.relu; pass it as an operand}}
  %0 = "dnnf.loop"(%limit, %start, %x) ({
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    %1 = "dnnf.relu"(%x) : (tensor<4xf32>) -> tensor<4xf32>
    vector.yield %c, %1 : tensor<i1>, tensor<4xf32>
  }) {states = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>} : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> (tensor<4xf32>)
  return
}
