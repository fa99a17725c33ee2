; What dnnf_mlir/kernels/prefetch.py calls in the inner loop of a kernel; prefetch.bc is this file as bitcode:
;   llvm-as prefetch.ll -o prefetch.bc
; Asks for the cache line that holds element %position of a tensor and hands %passed on, in %result.

define void @dnnf_prefetch(ptr %base, i64 %offset, ptr %result, i64 %result_offset, i64 %position, i64 %bytes, i64 %passed) alwaysinline {
  %element = add i64 %offset, %position
  %byte = mul i64 %element, %bytes
  %address = getelementptr i8, ptr %base, i64 %byte
  call void @llvm.prefetch.p0(ptr %address, i32 0, i32 3, i32 1)
  %slot = getelementptr i64, ptr %result, i64 %result_offset
  store i64 %passed, ptr %slot
  ret void
}

declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
