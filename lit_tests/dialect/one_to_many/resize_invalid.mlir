// RUN: %verify-diagnostics %s

func.func @resize(%arg0: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'dnnf.resize' scale 2.0 of dimension 3 does not lead from 4 to 9 elements}}
  %0 = "dnnf.resize"(%arg0) {antialias = 0 : i64, coordinate_transformation_mode = "asymmetric", cubic_coeff_a = -7.500000e-01 : f64, exclude_outside = 0 : i64, layout = "channels_first", mode = "nearest", nearest_mode = "floor", scales = array<f64: 1.000000e+00, 1.000000e+00, 2.000000e+00, 2.000000e+00>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x9xf32>
  return
}

// -----

func.func @resize(%arg0: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'dnnf.resize' scales needs length 4, got 2}}
  %0 = "dnnf.resize"(%arg0) {antialias = 0 : i64, coordinate_transformation_mode = "asymmetric", cubic_coeff_a = -7.500000e-01 : f64, exclude_outside = 0 : i64, layout = "channels_first", mode = "nearest", nearest_mode = "floor", scales = array<f64: 2.000000e+00, 2.000000e+00>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @resize(%arg0: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'dnnf.resize' mode must be "nearest", "linear" or "cubic"}}
  %0 = "dnnf.resize"(%arg0) {antialias = 0 : i64, coordinate_transformation_mode = "asymmetric", cubic_coeff_a = -7.500000e-01 : f64, exclude_outside = 0 : i64, layout = "channels_first", mode = "area", nearest_mode = "floor", scales = array<f64: 1.000000e+00, 1.000000e+00, 2.000000e+00, 2.000000e+00>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @resize(%arg0: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'dnnf.resize' layout must be "channels_first" or "channels_last"}}
  %0 = "dnnf.resize"(%arg0) {antialias = 0 : i64, coordinate_transformation_mode = "asymmetric", cubic_coeff_a = -7.500000e-01 : f64, exclude_outside = 0 : i64, layout = "NHWC", mode = "nearest", nearest_mode = "floor", scales = array<f64: 1.000000e+00, 1.000000e+00, 2.000000e+00, 2.000000e+00>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x8x8xf32>
  return
}

// -----

func.func @resize(%arg0: tensor<1x3x4x4xf32>) {
  // expected-error@+1 {{'dnnf.resize' must keep its operand's element type and rank, got 1x3x4x4xf32 -> 3x8x8xf32}}
  %0 = "dnnf.resize"(%arg0) {antialias = 0 : i64, coordinate_transformation_mode = "asymmetric", cubic_coeff_a = -7.500000e-01 : f64, exclude_outside = 0 : i64, layout = "channels_first", mode = "nearest", nearest_mode = "floor", scales = array<f64: 1.000000e+00, 1.000000e+00, 2.000000e+00, 2.000000e+00>} : (tensor<1x3x4x4xf32>) -> tensor<3x8x8xf32>
  return
}
