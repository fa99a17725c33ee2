// RUN: dnnf-opt --dnnf-simplify-algebra=properties=associative %s | FileCheck %s

// Recip(A) * Recip(A * B) = Square(Recip(A)) * Recip(B)
// CHECK-LABEL: func.func @square_of_reciprocal(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.reciprocal"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %3 = "dnnf.mul"(%1, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %4 = "dnnf.div"(%3, %2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @square_of_reciprocal(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reciprocal"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.mul"(%0, %2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.reciprocal"(%3) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %5 = "dnnf.mul"(%1, %4) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %5 : tensor<4x6xf32>
}

// A * (B * C) = (A * B) * C, where A and B are smaller than the result
// CHECK-LABEL: func.func @narrow_factors(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x1xf32>, tensor<1x1xf32>) -> tensor<4x1xf32>
// CHECK: %1 = "dnnf.mul"(%0, %arg2) : (tensor<4x1xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return
func.func @narrow_factors(%arg0: tensor<4x1xf32>, %arg1: tensor<1x1xf32>, %arg2: tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  %0 = "dnnf.mul"(%arg1, %arg2) : (tensor<1x1xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x1xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// A + (B + C) = (A + B) + C, where A and B are smaller than the result
// CHECK-LABEL: func.func @narrow_terms(
// CHECK: %0 = "dnnf.add"(%arg0, %arg1) : (tensor<4x1xf32>, tensor<1x1xf32>) -> tensor<4x1xf32>
// CHECK: %1 = "dnnf.add"(%0, %arg2) : (tensor<4x1xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return
func.func @narrow_terms(%arg0: tensor<4x1xf32>, %arg1: tensor<1x1xf32>, %arg2: tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  %0 = "dnnf.add"(%arg1, %arg2) : (tensor<1x1xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x1xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// sqrt(B) * sqrt(B) = B
// CHECK-LABEL: func.func @product_of_roots(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @product_of_roots(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sqrt"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%1, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.sin"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// sqrt(A) * sqrt(B) = sqrt(A * B)
// CHECK-LABEL: func.func @root_of_product(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %3 = "dnnf.sqrt"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @root_of_product(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sqrt"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.sqrt"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.mul"(%1, %3) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// sqrt(A) / sqrt(B) = sqrt(A / B)
// CHECK-LABEL: func.func @root_of_quotient(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.div"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %3 = "dnnf.sqrt"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @root_of_quotient(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sqrt"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.sqrt"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.div"(%1, %3) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// A / sqrt(A) = sqrt(A)
// CHECK-LABEL: func.func @quotient_by_root(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.sqrt"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @quotient_by_root(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sqrt"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.div"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// |A| * |B| = |A * B|
// CHECK-LABEL: func.func @product_of_absolutes(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.abs"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @product_of_absolutes(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.abs"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// |A| / |B| = |A / B|
// CHECK-LABEL: func.func @quotient_of_absolutes(
// CHECK: %0 = "dnnf.div"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.abs"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @quotient_of_absolutes(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.abs"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.div"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Sign(A) * |A| = A
// CHECK-LABEL: func.func @sign_times_absolute(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @sign_times_absolute(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.sign"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.abs"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.sin"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// exp(A) * exp(B) = exp(A + B)
// CHECK-LABEL: func.func @product_of_exponentials(
// CHECK: %0 = "dnnf.add"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.exp"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @product_of_exponentials(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.exp"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// exp(A) / exp(B) = exp(A - B)
// CHECK-LABEL: func.func @quotient_of_exponentials(
// CHECK: %0 = "dnnf.sub"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.exp"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @quotient_of_exponentials(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.exp"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.div"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// log(A) + log(B) = log(A * B)
// CHECK-LABEL: func.func @sum_of_logarithms(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %3 = "dnnf.log"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @sum_of_logarithms(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.log"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.log"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.add"(%1, %3) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// log(A) - log(B) = log(A / B)
// CHECK-LABEL: func.func @difference_of_logarithms(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.div"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %3 = "dnnf.log"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @difference_of_logarithms(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.log"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.log"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.sub"(%1, %3) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// -A * -B = A * B
// CHECK-LABEL: func.func @product_of_negatives(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @product_of_negatives(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.neg"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// -A / -B = A / B
// CHECK-LABEL: func.func @quotient_of_negatives(
// CHECK: %0 = "dnnf.div"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @quotient_of_negatives(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.neg"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.div"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// A + -B = A - B
// CHECK-LABEL: func.func @sum_with_negative(
// CHECK: %0 = "dnnf.sub"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @sum_with_negative(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.add"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// A * Recip(B) = A / B
// CHECK-LABEL: func.func @product_with_reciprocal(
// CHECK: %0 = "dnnf.div"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @product_with_reciprocal(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reciprocal"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Recip(A) * Recip(B) = Recip(A * B)
// CHECK-LABEL: func.func @product_of_reciprocals(
// CHECK: %0 = "dnnf.mul"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.reciprocal"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @product_of_reciprocals(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reciprocal"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reciprocal"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Recip(A / B) = B / A
// CHECK-LABEL: func.func @reciprocal_of_quotient(
// CHECK: %0 = "dnnf.div"(%arg1, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @reciprocal_of_quotient(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.div"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reciprocal"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// Recip(Recip(A)) = A
// CHECK-LABEL: func.func @reciprocal_of_reciprocal(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @reciprocal_of_reciprocal(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.reciprocal"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.reciprocal"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Recip(sqrt(A)) * Recip(sqrt(A)) = Recip(A)
// CHECK-LABEL: func.func @square_of_reciprocal_root(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.reciprocal"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @square_of_reciprocal_root(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.sqrt"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.reciprocal"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.mul"(%2, %2) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// A / exp(-B) = A * exp(B)
// CHECK-LABEL: func.func @quotient_by_exponential(
// CHECK: %0 = "dnnf.exp"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @quotient_by_exponential(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.exp"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.div"(%arg0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Recip(exp(-A)) = exp(A)
// CHECK-LABEL: func.func @reciprocal_of_exponential(
// CHECK: %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @reciprocal_of_exponential(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.neg"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.exp"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.reciprocal"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// -(A - B) = B - A
// CHECK-LABEL: func.func @negative_of_difference(
// CHECK: %0 = "dnnf.sub"(%arg1, %arg0) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @negative_of_difference(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.sub"(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.neg"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// log(exp(A)) = A
// CHECK-LABEL: func.func @logarithm_of_exponential(
// CHECK: %0 = "dnnf.sin"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @logarithm_of_exponential(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.log"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// exp(log(A)) = A
// CHECK-LABEL: func.func @exponential_of_logarithm(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @exponential_of_logarithm(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.log"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.exp"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.sin"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// (A ^ C) ^ D = A ^ (C * D)
// CHECK-LABEL: func.func @power_of_power(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @power_of_power(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.constant"() {value = dense<0.640422642> : tensor<1xf32>} : () -> tensor<1xf32>
  %4 = "dnnf.pow"(%2, %3) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  return %4 : tensor<4x6xf32>
}

// A ^ C * A ^ D = A ^ (C + D)
// CHECK-LABEL: func.func @product_of_powers(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @product_of_powers(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.constant"() {value = dense<0.640422642> : tensor<1xf32>} : () -> tensor<1xf32>
  %4 = "dnnf.pow"(%0, %3) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %5 = "dnnf.mul"(%2, %4) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %5 : tensor<4x6xf32>
}

// A ^ C * B ^ C = (A * B) ^ C
// CHECK-LABEL: func.func @power_of_product(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.mul"(%0, %1) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %4 = "dnnf.pow"(%2, %3) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @power_of_product(%arg0: tensor<4x6xf32>, %arg1: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.clip"(%arg1) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %4 = "dnnf.pow"(%3, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %5 = "dnnf.mul"(%2, %4) : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  return %5 : tensor<4x6xf32>
}

// log(A ^ C) = log(A) * C
// CHECK-LABEL: func.func @logarithm_of_power(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.log"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %3 = "dnnf.mul"(%1, %2) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @logarithm_of_power(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.log"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// exp(A) ^ C = exp(A * C)
// CHECK-LABEL: func.func @power_of_exponential(
// CHECK: %1 = "dnnf.mul"(%arg0, %0) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.exp"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @power_of_exponential(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.exp"(%arg0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// sqrt(A ^ C) = A ^ (C / 2)
// CHECK-LABEL: func.func @root_of_power(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @root_of_power(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.constant"() {value = dense<-0.132104859> : tensor<1xf32>} : () -> tensor<1xf32>
  %2 = "dnnf.pow"(%0, %1) : (tensor<4x6xf32>, tensor<1xf32>) -> tensor<4x6xf32>
  %3 = "dnnf.sqrt"(%2) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %3 : tensor<4x6xf32>
}

// |A| = A, where A >= 0
// CHECK-LABEL: func.func @absolute_of_nonnegative(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @absolute_of_nonnegative(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.abs"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}

// Relu(A) = A, where A >= 0
// CHECK-LABEL: func.func @relu_of_nonnegative(
// CHECK: %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK: %1 = "dnnf.sin"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
// CHECK-NEXT: return
func.func @relu_of_nonnegative(%arg0: tensor<4x6xf32>) -> (tensor<4x6xf32>) {
  %0 = "dnnf.clip"(%arg0) {max = 1.000000e+02 : f64, min = 1.000000e-02 : f64} : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %1 = "dnnf.relu"(%0) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = "dnnf.sin"(%1) : (tensor<4x6xf32>) -> tensor<4x6xf32>
  return %2 : tensor<4x6xf32>
}
