// RUN: dnnf-opt --dnnf-simplify-algebra %s | FileCheck %s
// RUN: dnnf-opt --dnnf-simplify-algebra=rules=relu_twice %s | FileCheck %s --check-prefix=ONE
// RUN: dnnf-opt --dnnf-simplify-algebra=properties=linear %s | FileCheck %s --check-prefix=NONE
// RUN: dnnf-opt --dnnf-simplify-algebra=max-rewrites=0 %s | FileCheck %s --check-prefix=NONE
// RUN: dnnf-opt --dnnf-simplify-algebra=remarks=true %s -o %t 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: not dnnf-opt --dnnf-simplify-algebra=rules=nonsense %s 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not dnnf-opt --dnnf-simplify-algebra=properties=nonsense %s 2>&1 | FileCheck %s --check-prefix=PROPERTY
// RUN: dnnf-opt --list-rules | FileCheck %s --check-prefix=LIST
// RUN: dnnf-opt --list-rules --json=- | FileCheck %s --check-prefix=JSON

// CHECK-LABEL: func.func @main(
// CHECK-NEXT: "dnnf.relu"(%arg0)
// CHECK-NEXT: "dnnf.sqrt"
// CHECK-NEXT: "dnnf.sqrt"(%arg1)
// CHECK-NEXT: "dnnf.mul"
// CHECK-NEXT: return

// ONE: "dnnf.relu"
// ONE-NOT: "dnnf.relu"
// ONE: return

// NONE: "dnnf.relu"
// NONE: "dnnf.relu"

// REMARK: remark: relu_twice: 1 times, saved 4 FLOPs, 8 elements
// REMARK: remark: mul: root_of_product not applied: a may be too small or too large

// RULE: unknown rule 'nonsense'; dnnf-opt --list-rules shows all
// PROPERTY: unknown property 'nonsense'; dnnf-opt --list-rules shows all

// LIST: shared_factor [distributive]: A * C + B * C = (A + B) * C

// JSON: "name": "shared_factor",
// JSON-NEXT: "property": "distributive",
// JSON-NEXT: "equation": "A * C + B * C = (A + B) * C",
// JSON-NEXT: "condition":
func.func @main(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.relu"(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = "dnnf.relu"(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = "dnnf.sqrt"(%1) : (tensor<4xf32>) -> tensor<4xf32>
  %3 = "dnnf.sqrt"(%arg1) : (tensor<4xf32>) -> tensor<4xf32>
  %4 = "dnnf.mul"(%2, %3) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}
