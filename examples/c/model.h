// A compiled model with one float32 input and one float32 output.
#ifndef MODEL_H_
#define MODEL_H_

#include "iree/runtime/api.h"

typedef struct model_t {
  iree_runtime_instance_t* instance;
  iree_runtime_session_t* session;
} model_t;

// Loads a .vmfb on a device: "local-sync" (this thread), "local-task" (a pool of threads).
// The bytes of `vmfb` must live as long as the model. Release the model even after a failure.
iree_status_t model_load(iree_const_byte_span_t vmfb, const char* device, model_t* out_model);

// Runs `main` once. `input` is a dense array of `shape`, `output` has room for `output_size` floats.
// Fails if the output has another size.
iree_status_t model_run(model_t* model, iree_host_size_t rank, const iree_hal_dim_t* shape, const float* input,
                        iree_host_size_t output_size, float* output);

void model_release(model_t* model);

#endif  // MODEL_H_
