// Generated from the operator classes by: python -m dnnf_mlir.dialect_defs.generate
module {
  irdl.dialect @dnnf {
    irdl.attribute @mapping {
      %0 = irdl.is "one_to_one" 
      %1 = irdl.is "reorganize" 
      %2 = irdl.is "shuffle" 
      %3 = irdl.is "one_to_many" 
      %4 = irdl.is "many_to_many" 
      %5 = irdl.any_of(%0, %1, %2, %3, %4) 
      irdl.parameters(kind: %5)
    }
    irdl.operation @loop {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      %19 = irdl.base "!builtin.tensor" 
      %20 = irdl.base "!builtin.tensor" 
      %21 = irdl.base "!builtin.tensor" 
      %22 = irdl.base "!builtin.tensor" 
      %23 = irdl.base "!builtin.tensor" 
      %24 = irdl.base "!builtin.tensor" 
      %25 = irdl.base "!builtin.tensor" 
      %26 = irdl.base "!builtin.tensor" 
      %27 = irdl.base "!builtin.tensor" 
      %28 = irdl.base "!builtin.tensor" 
      %29 = irdl.base "!builtin.tensor" 
      %30 = irdl.base "!builtin.tensor" 
      %31 = irdl.base "!builtin.tensor" 
      irdl.operands(x0: optional %0, x1: optional %1, x2: optional %2, x3: optional %3, x4: optional %4, x5: optional %5, x6: optional %6, x7: optional %7, x8: optional %8, x9: optional %9, x10: optional %10, x11: optional %11, x12: optional %12, x13: optional %13, x14: optional %14, x15: optional %15, x16: optional %16, x17: optional %17, x18: optional %18, x19: optional %19, x20: optional %20, x21: optional %21, x22: optional %22, x23: optional %23, x24: optional %24, x25: optional %25, x26: optional %26, x27: optional %27, x28: optional %28, x29: optional %29, x30: optional %30, x31: optional %31)
      %32 = irdl.base "#builtin.integer" 
      irdl.attributes {"states" = %32}
      %33 = irdl.base "!builtin.tensor" 
      %34 = irdl.base "!builtin.tensor" 
      %35 = irdl.base "!builtin.tensor" 
      %36 = irdl.base "!builtin.tensor" 
      %37 = irdl.base "!builtin.tensor" 
      %38 = irdl.base "!builtin.tensor" 
      %39 = irdl.base "!builtin.tensor" 
      %40 = irdl.base "!builtin.tensor" 
      %41 = irdl.base "!builtin.tensor" 
      %42 = irdl.base "!builtin.tensor" 
      %43 = irdl.base "!builtin.tensor" 
      %44 = irdl.base "!builtin.tensor" 
      %45 = irdl.base "!builtin.tensor" 
      %46 = irdl.base "!builtin.tensor" 
      %47 = irdl.base "!builtin.tensor" 
      %48 = irdl.base "!builtin.tensor" 
      irdl.results(y0: optional %33, y1: optional %34, y2: optional %35, y3: optional %36, y4: optional %37, y5: optional %38, y6: optional %39, y7: optional %40, y8: optional %41, y9: optional %42, y10: optional %43, y11: optional %44, y12: optional %45, y13: optional %46, y14: optional %47, y15: optional %48)
      %49 = irdl.region
      irdl.regions(body: %49)
    }
    irdl.operation @conv {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, w: %1, b: optional %2)
      %3 = irdl.base "#builtin.string" 
      %4 = irdl.base "#builtin.dense_array" 
      %5 = irdl.base "#builtin.dense_array" 
      %6 = irdl.base "#builtin.dense_array" 
      %7 = irdl.base "#builtin.integer" 
      irdl.attributes {"layout" = %3, "strides" = %4, "pads" = %5, "dilations" = %6, "group" = %7}
      %8 = irdl.base "!builtin.tensor" 
      irdl.results(y: %8)
    }
    irdl.operation @conv_integer {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, w: %1, x_zero_point: optional %2, w_zero_point: optional %3)
      %4 = irdl.base "#builtin.string" 
      %5 = irdl.base "#builtin.dense_array" 
      %6 = irdl.base "#builtin.dense_array" 
      %7 = irdl.base "#builtin.dense_array" 
      %8 = irdl.base "#builtin.integer" 
      irdl.attributes {"layout" = %4, "strides" = %5, "pads" = %6, "dilations" = %7, "group" = %8}
      %9 = irdl.base "!builtin.tensor" 
      irdl.results(y: %9)
    }
    irdl.operation @conv_transpose {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, w: %1, b: optional %2)
      %3 = irdl.base "#builtin.string" 
      %4 = irdl.base "#builtin.dense_array" 
      %5 = irdl.base "#builtin.dense_array" 
      %6 = irdl.base "#builtin.dense_array" 
      %7 = irdl.base "#builtin.integer" 
      %8 = irdl.base "#builtin.dense_array" 
      irdl.attributes {"layout" = %3, "strides" = %4, "pads" = %5, "dilations" = %6, "group" = %7, "output_padding" = %8}
      %9 = irdl.base "!builtin.tensor" 
      irdl.results(y: %9)
    }
    irdl.operation @matmul {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @matmul_integer {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1, a_zero_point: optional %2, b_zero_point: optional %3)
      %4 = irdl.base "!builtin.tensor" 
      irdl.results(y: %4)
    }
    irdl.operation @gemm {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1, c: optional %2)
      %3 = irdl.base "#builtin.float" 
      %4 = irdl.base "#builtin.float" 
      %5 = irdl.base "#builtin.integer" 
      %6 = irdl.base "#builtin.integer" 
      irdl.attributes {"alpha" = %3, "beta" = %4, "transA" = %5, "transB" = %6}
      %7 = irdl.base "!builtin.tensor" 
      irdl.results(y: %7)
    }
    irdl.operation @einsum {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      %19 = irdl.base "!builtin.tensor" 
      %20 = irdl.base "!builtin.tensor" 
      %21 = irdl.base "!builtin.tensor" 
      %22 = irdl.base "!builtin.tensor" 
      %23 = irdl.base "!builtin.tensor" 
      %24 = irdl.base "!builtin.tensor" 
      %25 = irdl.base "!builtin.tensor" 
      %26 = irdl.base "!builtin.tensor" 
      %27 = irdl.base "!builtin.tensor" 
      %28 = irdl.base "!builtin.tensor" 
      %29 = irdl.base "!builtin.tensor" 
      %30 = irdl.base "!builtin.tensor" 
      %31 = irdl.base "!builtin.tensor" 
      irdl.operands(x0: optional %0, x1: optional %1, x2: optional %2, x3: optional %3, x4: optional %4, x5: optional %5, x6: optional %6, x7: optional %7, x8: optional %8, x9: optional %9, x10: optional %10, x11: optional %11, x12: optional %12, x13: optional %13, x14: optional %14, x15: optional %15, x16: optional %16, x17: optional %17, x18: optional %18, x19: optional %19, x20: optional %20, x21: optional %21, x22: optional %22, x23: optional %23, x24: optional %24, x25: optional %25, x26: optional %26, x27: optional %27, x28: optional %28, x29: optional %29, x30: optional %30, x31: optional %31)
      %32 = irdl.base "#builtin.string" 
      irdl.attributes {"equation" = %32}
      %33 = irdl.base "!builtin.tensor" 
      irdl.results(y: %33)
    }
    irdl.operation @softmax {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @safe_softmax {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @log_softmax {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @layer_normalization {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, scale: %1, bias: optional %2)
      %3 = irdl.base "#builtin.integer" 
      %4 = irdl.base "#builtin.float" 
      irdl.attributes {"axis" = %3, "epsilon" = %4}
      %5 = irdl.base "!builtin.tensor" 
      irdl.results(y: %5)
    }
    irdl.operation @rms_normalization {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, scale: %1)
      %2 = irdl.base "#builtin.integer" 
      %3 = irdl.base "#builtin.float" 
      irdl.attributes {"axis" = %2, "epsilon" = %3}
      %4 = irdl.base "!builtin.tensor" 
      irdl.results(y: %4)
    }
    irdl.operation @instance_normalization {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, scale: %1, bias: %2)
      %3 = irdl.base "#builtin.string" 
      %4 = irdl.base "#builtin.float" 
      irdl.attributes {"layout" = %3, "epsilon" = %4}
      %5 = irdl.base "!builtin.tensor" 
      irdl.results(y: %5)
    }
    irdl.operation @max_pool {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.string" 
      %2 = irdl.base "#builtin.dense_array" 
      %3 = irdl.base "#builtin.dense_array" 
      %4 = irdl.base "#builtin.dense_array" 
      %5 = irdl.base "#builtin.dense_array" 
      irdl.attributes {"layout" = %1, "kernel_shape" = %2, "strides" = %3, "pads" = %4, "dilations" = %5}
      %6 = irdl.base "!builtin.tensor" 
      irdl.results(y: %6)
    }
    irdl.operation @average_pool {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.string" 
      %2 = irdl.base "#builtin.dense_array" 
      %3 = irdl.base "#builtin.dense_array" 
      %4 = irdl.base "#builtin.dense_array" 
      %5 = irdl.base "#builtin.dense_array" 
      %6 = irdl.base "#builtin.integer" 
      irdl.attributes {"layout" = %1, "kernel_shape" = %2, "strides" = %3, "pads" = %4, "dilations" = %5, "count_include_pad" = %6}
      %7 = irdl.base "!builtin.tensor" 
      irdl.results(y: %7)
    }
    irdl.operation @global_average_pool {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.string" 
      irdl.attributes {"layout" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @global_max_pool {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.string" 
      irdl.attributes {"layout" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @recurrence {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      irdl.operands(gates: %0, weights: %1, bias: optional %2, lengths: optional %3, h: optional %4, c: optional %5, peepholes: optional %6, scales: optional %7)
      %8 = irdl.base "#builtin.string" 
      %9 = irdl.base "#builtin.string" 
      %10 = irdl.base "#builtin.string" 
      %11 = irdl.base "#builtin.dense_array" 
      %12 = irdl.base "#builtin.dense_array" 
      %13 = irdl.base "#builtin.float" 
      %14 = irdl.base "#builtin.integer" 
      %15 = irdl.base "#builtin.integer" 
      irdl.attributes {"kind" = %8, "direction" = %9, "activations" = %10, "alphas" = %11, "betas" = %12, "clip" = %13, "input_forget" = %14, "linear_before_reset" = %15}
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      irdl.results(y: %16, last_h: %17, last_c: optional %18)
    }
    irdl.operation @reduce_sum {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_mean {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_prod {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_max {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_min {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_l1 {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_l2 {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_sum_square {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_log_sum {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @reduce_log_sum_exp {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axes" = %1, "keepdims" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @arg_max {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.integer" 
      %2 = irdl.base "#builtin.integer" 
      %3 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %1, "keepdims" = %2, "select_last_index" = %3}
      %4 = irdl.base "!builtin.tensor" 
      irdl.results(y: %4)
    }
    irdl.operation @arg_min {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.integer" 
      %2 = irdl.base "#builtin.integer" 
      %3 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %1, "keepdims" = %2, "select_last_index" = %3}
      %4 = irdl.base "!builtin.tensor" 
      irdl.results(y: %4)
    }
    irdl.operation @cum_sum {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.integer" 
      %2 = irdl.base "#builtin.integer" 
      %3 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %1, "exclusive" = %2, "reverse" = %3}
      %4 = irdl.base "!builtin.tensor" 
      irdl.results(y: %4)
    }
    irdl.operation @gather {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, indices: %1)
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @gather_elements {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, indices: %1)
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @expand {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @tile {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      irdl.attributes {"repeats" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @resize {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.string" 
      %2 = irdl.base "#builtin.dense_array" 
      %3 = irdl.base "#builtin.string" 
      %4 = irdl.base "#builtin.string" 
      %5 = irdl.base "#builtin.string" 
      %6 = irdl.base "#builtin.float" 
      %7 = irdl.base "#builtin.integer" 
      %8 = irdl.base "#builtin.integer" 
      irdl.attributes {"layout" = %1, "scales" = %2, "mode" = %3, "coordinate_transformation_mode" = %4, "nearest_mode" = %5, "cubic_coeff_a" = %6, "exclude_outside" = %7, "antialias" = %8}
      %9 = irdl.base "!builtin.tensor" 
      irdl.results(y: %9)
    }
    irdl.operation @relu {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @leaky_relu {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.float" 
      irdl.attributes {"alpha" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @thresholded_relu {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.float" 
      irdl.attributes {"alpha" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @prelu {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @elu {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.float" 
      irdl.attributes {"alpha" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @celu {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.float" 
      irdl.attributes {"alpha" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @selu {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.float" 
      %2 = irdl.base "#builtin.float" 
      irdl.attributes {"alpha" = %1, "gamma" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @sigmoid {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @hard_sigmoid {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.float" 
      %2 = irdl.base "#builtin.float" 
      irdl.attributes {"alpha" = %1, "beta" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @hard_swish {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @swish {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.float" 
      irdl.attributes {"alpha" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @swiglu {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "#builtin.float" 
      irdl.attributes {"alpha" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @mish {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @softplus {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @softsign {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @gelu {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.string" 
      irdl.attributes {"approximate" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @add {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @sub {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @mul {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @div {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @pow {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @mod {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"fmod" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @max {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      %19 = irdl.base "!builtin.tensor" 
      %20 = irdl.base "!builtin.tensor" 
      %21 = irdl.base "!builtin.tensor" 
      %22 = irdl.base "!builtin.tensor" 
      %23 = irdl.base "!builtin.tensor" 
      %24 = irdl.base "!builtin.tensor" 
      %25 = irdl.base "!builtin.tensor" 
      %26 = irdl.base "!builtin.tensor" 
      %27 = irdl.base "!builtin.tensor" 
      %28 = irdl.base "!builtin.tensor" 
      %29 = irdl.base "!builtin.tensor" 
      %30 = irdl.base "!builtin.tensor" 
      %31 = irdl.base "!builtin.tensor" 
      irdl.operands(x0: optional %0, x1: optional %1, x2: optional %2, x3: optional %3, x4: optional %4, x5: optional %5, x6: optional %6, x7: optional %7, x8: optional %8, x9: optional %9, x10: optional %10, x11: optional %11, x12: optional %12, x13: optional %13, x14: optional %14, x15: optional %15, x16: optional %16, x17: optional %17, x18: optional %18, x19: optional %19, x20: optional %20, x21: optional %21, x22: optional %22, x23: optional %23, x24: optional %24, x25: optional %25, x26: optional %26, x27: optional %27, x28: optional %28, x29: optional %29, x30: optional %30, x31: optional %31)
      %32 = irdl.base "!builtin.tensor" 
      irdl.results(y: %32)
    }
    irdl.operation @min {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      %19 = irdl.base "!builtin.tensor" 
      %20 = irdl.base "!builtin.tensor" 
      %21 = irdl.base "!builtin.tensor" 
      %22 = irdl.base "!builtin.tensor" 
      %23 = irdl.base "!builtin.tensor" 
      %24 = irdl.base "!builtin.tensor" 
      %25 = irdl.base "!builtin.tensor" 
      %26 = irdl.base "!builtin.tensor" 
      %27 = irdl.base "!builtin.tensor" 
      %28 = irdl.base "!builtin.tensor" 
      %29 = irdl.base "!builtin.tensor" 
      %30 = irdl.base "!builtin.tensor" 
      %31 = irdl.base "!builtin.tensor" 
      irdl.operands(x0: optional %0, x1: optional %1, x2: optional %2, x3: optional %3, x4: optional %4, x5: optional %5, x6: optional %6, x7: optional %7, x8: optional %8, x9: optional %9, x10: optional %10, x11: optional %11, x12: optional %12, x13: optional %13, x14: optional %14, x15: optional %15, x16: optional %16, x17: optional %17, x18: optional %18, x19: optional %19, x20: optional %20, x21: optional %21, x22: optional %22, x23: optional %23, x24: optional %24, x25: optional %25, x26: optional %26, x27: optional %27, x28: optional %28, x29: optional %29, x30: optional %30, x31: optional %31)
      %32 = irdl.base "!builtin.tensor" 
      irdl.results(y: %32)
    }
    irdl.operation @sum {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      %19 = irdl.base "!builtin.tensor" 
      %20 = irdl.base "!builtin.tensor" 
      %21 = irdl.base "!builtin.tensor" 
      %22 = irdl.base "!builtin.tensor" 
      %23 = irdl.base "!builtin.tensor" 
      %24 = irdl.base "!builtin.tensor" 
      %25 = irdl.base "!builtin.tensor" 
      %26 = irdl.base "!builtin.tensor" 
      %27 = irdl.base "!builtin.tensor" 
      %28 = irdl.base "!builtin.tensor" 
      %29 = irdl.base "!builtin.tensor" 
      %30 = irdl.base "!builtin.tensor" 
      %31 = irdl.base "!builtin.tensor" 
      irdl.operands(x0: optional %0, x1: optional %1, x2: optional %2, x3: optional %3, x4: optional %4, x5: optional %5, x6: optional %6, x7: optional %7, x8: optional %8, x9: optional %9, x10: optional %10, x11: optional %11, x12: optional %12, x13: optional %13, x14: optional %14, x15: optional %15, x16: optional %16, x17: optional %17, x18: optional %18, x19: optional %19, x20: optional %20, x21: optional %21, x22: optional %22, x23: optional %23, x24: optional %24, x25: optional %25, x26: optional %26, x27: optional %27, x28: optional %28, x29: optional %29, x30: optional %30, x31: optional %31)
      %32 = irdl.base "!builtin.tensor" 
      irdl.results(y: %32)
    }
    irdl.operation @mean {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      %19 = irdl.base "!builtin.tensor" 
      %20 = irdl.base "!builtin.tensor" 
      %21 = irdl.base "!builtin.tensor" 
      %22 = irdl.base "!builtin.tensor" 
      %23 = irdl.base "!builtin.tensor" 
      %24 = irdl.base "!builtin.tensor" 
      %25 = irdl.base "!builtin.tensor" 
      %26 = irdl.base "!builtin.tensor" 
      %27 = irdl.base "!builtin.tensor" 
      %28 = irdl.base "!builtin.tensor" 
      %29 = irdl.base "!builtin.tensor" 
      %30 = irdl.base "!builtin.tensor" 
      %31 = irdl.base "!builtin.tensor" 
      irdl.operands(x0: optional %0, x1: optional %1, x2: optional %2, x3: optional %3, x4: optional %4, x5: optional %5, x6: optional %6, x7: optional %7, x8: optional %8, x9: optional %9, x10: optional %10, x11: optional %11, x12: optional %12, x13: optional %13, x14: optional %14, x15: optional %15, x16: optional %16, x17: optional %17, x18: optional %18, x19: optional %19, x20: optional %20, x21: optional %21, x22: optional %22, x23: optional %23, x24: optional %24, x25: optional %25, x26: optional %26, x27: optional %27, x28: optional %28, x29: optional %29, x30: optional %30, x31: optional %31)
      %32 = irdl.base "!builtin.tensor" 
      irdl.results(y: %32)
    }
    irdl.operation @equal {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @greater {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @greater_or_equal {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @less {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @less_or_equal {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @is_nan {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @is_inf {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.integer" 
      %2 = irdl.base "#builtin.integer" 
      irdl.attributes {"detect_negative" = %1, "detect_positive" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @abs {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @neg {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @sign {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @reciprocal {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @sqrt {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @exp {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @log {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @floor {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @ceil {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @round {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @erf {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @sin {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @cos {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @tan {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @asin {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @acos {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @atan {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @sinh {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @cosh {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @tanh {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @asinh {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @acosh {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @atanh {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @and {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @or {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @xor {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @not {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @bitwise_and {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @bitwise_or {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @bitwise_xor {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @bitwise_not {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @bit_shift {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      irdl.operands(a: %0, b: %1)
      %2 = irdl.base "#builtin.string" 
      irdl.attributes {"direction" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @concat {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      %19 = irdl.base "!builtin.tensor" 
      %20 = irdl.base "!builtin.tensor" 
      %21 = irdl.base "!builtin.tensor" 
      %22 = irdl.base "!builtin.tensor" 
      %23 = irdl.base "!builtin.tensor" 
      %24 = irdl.base "!builtin.tensor" 
      %25 = irdl.base "!builtin.tensor" 
      %26 = irdl.base "!builtin.tensor" 
      %27 = irdl.base "!builtin.tensor" 
      %28 = irdl.base "!builtin.tensor" 
      %29 = irdl.base "!builtin.tensor" 
      %30 = irdl.base "!builtin.tensor" 
      %31 = irdl.base "!builtin.tensor" 
      irdl.operands(x0: optional %0, x1: optional %1, x2: optional %2, x3: optional %3, x4: optional %4, x5: optional %5, x6: optional %6, x7: optional %7, x8: optional %8, x9: optional %9, x10: optional %10, x11: optional %11, x12: optional %12, x13: optional %13, x14: optional %14, x15: optional %15, x16: optional %16, x17: optional %17, x18: optional %18, x19: optional %19, x20: optional %20, x21: optional %21, x22: optional %22, x23: optional %23, x24: optional %24, x25: optional %25, x26: optional %26, x27: optional %27, x28: optional %28, x29: optional %29, x30: optional %30, x31: optional %31)
      %32 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %32}
      %33 = irdl.base "!builtin.tensor" 
      irdl.results(y: %33)
    }
    irdl.operation @split {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.integer" 
      irdl.attributes {"axis" = %1}
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      irdl.results(y0: optional %2, y1: optional %3, y2: optional %4, y3: optional %5, y4: optional %6, y5: optional %7, y6: optional %8, y7: optional %9, y8: optional %10, y9: optional %11, y10: optional %12, y11: optional %13, y12: optional %14, y13: optional %15, y14: optional %16, y15: optional %17)
    }
    irdl.operation @slice {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.dense_array" 
      irdl.attributes {"starts" = %1, "steps" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @pad {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      %2 = irdl.base "#builtin.string" 
      %3 = irdl.base "#builtin.float" 
      irdl.attributes {"pads" = %1, "mode" = %2, "value" = %3}
      %4 = irdl.base "!builtin.tensor" 
      irdl.results(y: %4)
    }
    irdl.operation @batch_normalization {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0, scale: %1, bias: %2, mean: %3, variance: %4)
      %5 = irdl.base "#builtin.string" 
      %6 = irdl.base "#builtin.float" 
      irdl.attributes {"layout" = %5, "epsilon" = %6}
      %7 = irdl.base "!builtin.tensor" 
      irdl.results(y: %7)
    }
    irdl.operation @where {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      irdl.operands(condition: %0, a: %1, b: %2)
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @clip {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.float" 
      %2 = irdl.base "#builtin.float" 
      irdl.attributes {"min" = %1, "max" = %2}
      %3 = irdl.base "!builtin.tensor" 
      irdl.results(y: %3)
    }
    irdl.operation @cast {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @identity {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @reshape {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @flatten {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @squeeze {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @unsqueeze {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(y: %1)
    }
    irdl.operation @transpose {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.dense_array" 
      irdl.attributes {"perm" = %1}
      %2 = irdl.base "!builtin.tensor" 
      irdl.results(y: %2)
    }
    irdl.operation @depth_to_space {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.string" 
      %2 = irdl.base "#builtin.integer" 
      %3 = irdl.base "#builtin.string" 
      irdl.attributes {"layout" = %1, "blocksize" = %2, "mode" = %3}
      %4 = irdl.base "!builtin.tensor" 
      irdl.results(y: %4)
    }
    irdl.operation @space_to_depth {
      %0 = irdl.base "!builtin.tensor" 
      irdl.operands(x: %0)
      %1 = irdl.base "#builtin.string" 
      %2 = irdl.base "#builtin.integer" 
      %3 = irdl.base "#builtin.string" 
      irdl.attributes {"layout" = %1, "blocksize" = %2, "mode" = %3}
      %4 = irdl.base "!builtin.tensor" 
      irdl.results(y: %4)
    }
    irdl.operation @constant {
      %0 = irdl.any
      irdl.attributes {"value" = %0}
      %1 = irdl.base "!builtin.tensor" 
      irdl.results(result: %1)
    }
    irdl.operation @onnx_node {
      %0 = irdl.base "!builtin.tensor" 
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      %17 = irdl.base "!builtin.tensor" 
      %18 = irdl.base "!builtin.tensor" 
      %19 = irdl.base "!builtin.tensor" 
      %20 = irdl.base "!builtin.tensor" 
      %21 = irdl.base "!builtin.tensor" 
      %22 = irdl.base "!builtin.tensor" 
      %23 = irdl.base "!builtin.tensor" 
      %24 = irdl.base "!builtin.tensor" 
      %25 = irdl.base "!builtin.tensor" 
      %26 = irdl.base "!builtin.tensor" 
      %27 = irdl.base "!builtin.tensor" 
      %28 = irdl.base "!builtin.tensor" 
      %29 = irdl.base "!builtin.tensor" 
      %30 = irdl.base "!builtin.tensor" 
      %31 = irdl.base "!builtin.tensor" 
      irdl.operands(x0: optional %0, x1: optional %1, x2: optional %2, x3: optional %3, x4: optional %4, x5: optional %5, x6: optional %6, x7: optional %7, x8: optional %8, x9: optional %9, x10: optional %10, x11: optional %11, x12: optional %12, x13: optional %13, x14: optional %14, x15: optional %15, x16: optional %16, x17: optional %17, x18: optional %18, x19: optional %19, x20: optional %20, x21: optional %21, x22: optional %22, x23: optional %23, x24: optional %24, x25: optional %25, x26: optional %26, x27: optional %27, x28: optional %28, x29: optional %29, x30: optional %30, x31: optional %31)
      %32 = irdl.base "#builtin.string" 
      %33 = irdl.base "#builtin.string" 
      %34 = irdl.base "#builtin.string" 
      irdl.attributes {"op_type" = %32, "domain" = %33, "node_attributes" = %34}
      %35 = irdl.base "!builtin.tensor" 
      %36 = irdl.base "!builtin.tensor" 
      %37 = irdl.base "!builtin.tensor" 
      %38 = irdl.base "!builtin.tensor" 
      %39 = irdl.base "!builtin.tensor" 
      %40 = irdl.base "!builtin.tensor" 
      %41 = irdl.base "!builtin.tensor" 
      %42 = irdl.base "!builtin.tensor" 
      %43 = irdl.base "!builtin.tensor" 
      %44 = irdl.base "!builtin.tensor" 
      %45 = irdl.base "!builtin.tensor" 
      %46 = irdl.base "!builtin.tensor" 
      %47 = irdl.base "!builtin.tensor" 
      %48 = irdl.base "!builtin.tensor" 
      %49 = irdl.base "!builtin.tensor" 
      %50 = irdl.base "!builtin.tensor" 
      irdl.results(y0: optional %35, y1: optional %36, y2: optional %37, y3: optional %38, y4: optional %39, y5: optional %40, y6: optional %41, y7: optional %42, y8: optional %43, y9: optional %44, y10: optional %45, y11: optional %46, y12: optional %47, y13: optional %48, y14: optional %49, y15: optional %50)
    }
    irdl.operation @fusion {
      %0 = irdl.base "#builtin.string" 
      irdl.attributes {"anchor" = %0}
      %1 = irdl.base "!builtin.tensor" 
      %2 = irdl.base "!builtin.tensor" 
      %3 = irdl.base "!builtin.tensor" 
      %4 = irdl.base "!builtin.tensor" 
      %5 = irdl.base "!builtin.tensor" 
      %6 = irdl.base "!builtin.tensor" 
      %7 = irdl.base "!builtin.tensor" 
      %8 = irdl.base "!builtin.tensor" 
      %9 = irdl.base "!builtin.tensor" 
      %10 = irdl.base "!builtin.tensor" 
      %11 = irdl.base "!builtin.tensor" 
      %12 = irdl.base "!builtin.tensor" 
      %13 = irdl.base "!builtin.tensor" 
      %14 = irdl.base "!builtin.tensor" 
      %15 = irdl.base "!builtin.tensor" 
      %16 = irdl.base "!builtin.tensor" 
      irdl.results(y0: optional %1, y1: optional %2, y2: optional %3, y3: optional %4, y4: optional %5, y5: optional %6, y6: optional %7, y7: optional %8, y8: optional %9, y9: optional %10, y10: optional %11, y11: optional %12, y12: optional %13, y13: optional %14, y14: optional %15, y15: optional %16)
      %17 = irdl.region
      irdl.regions(body: %17)
    }
  }
}
