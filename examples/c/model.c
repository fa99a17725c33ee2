#include "model.h"

iree_status_t model_load(iree_const_byte_span_t vmfb, const char* device_name, model_t* out_model) {
  *out_model = (model_t){NULL, NULL};
  iree_runtime_instance_options_t instance_options;
  iree_runtime_instance_options_initialize(&instance_options);
  iree_runtime_instance_options_use_all_available_drivers(&instance_options);
  IREE_RETURN_IF_ERROR(
      iree_runtime_instance_create(&instance_options, iree_allocator_system(), &out_model->instance));

  iree_hal_device_t* device = NULL;
  IREE_RETURN_IF_ERROR(iree_runtime_instance_try_create_default_device(
      out_model->instance, iree_make_cstring_view(device_name), &device));
  iree_runtime_session_options_t session_options;
  iree_runtime_session_options_initialize(&session_options);
  iree_status_t status = iree_runtime_session_create_with_device(
      out_model->instance, &session_options, device,
      iree_runtime_instance_host_allocator(out_model->instance), &out_model->session);
  iree_hal_device_release(device);
  IREE_RETURN_IF_ERROR(status);

  return iree_runtime_session_append_bytecode_module_from_memory(out_model->session, vmfb, iree_allocator_null());
}

// Copies the host array `input` into a tensor and appends it to the arguments of `call`.
static iree_status_t push_input(model_t* model, iree_runtime_call_t* call, iree_host_size_t rank,
                                const iree_hal_dim_t* shape, const float* input) {
  iree_host_size_t size = sizeof(float);
  for (iree_host_size_t i = 0; i < rank; ++i) size *= (iree_host_size_t)shape[i];
  iree_hal_buffer_view_t* tensor = NULL;
  IREE_RETURN_IF_ERROR(iree_hal_buffer_view_allocate_buffer_copy(
      iree_runtime_session_device(model->session), iree_runtime_session_device_allocator(model->session), rank,
      shape, IREE_HAL_ELEMENT_TYPE_FLOAT_32, IREE_HAL_ENCODING_TYPE_DENSE_ROW_MAJOR,
      (iree_hal_buffer_params_t){
          .type = IREE_HAL_MEMORY_TYPE_DEVICE_LOCAL,
          .access = IREE_HAL_MEMORY_ACCESS_ALL,
          .usage = IREE_HAL_BUFFER_USAGE_DEFAULT,
      },
      iree_make_const_byte_span(input, size), &tensor));
  iree_status_t status = iree_runtime_call_inputs_push_back_buffer_view(call, tensor);
  iree_hal_buffer_view_release(tensor);
  return status;
}

// Copies the first result of `call` to the host array `output`.
static iree_status_t pop_output(model_t* model, iree_runtime_call_t* call, iree_host_size_t output_size,
                                float* output) {
  iree_hal_buffer_view_t* tensor = NULL;
  IREE_RETURN_IF_ERROR(iree_runtime_call_outputs_pop_front_buffer_view(call, &tensor));
  iree_status_t status = iree_ok_status();
  if (iree_hal_buffer_view_byte_length(tensor) != output_size * sizeof(float)) {
    status = iree_make_status(IREE_STATUS_INVALID_ARGUMENT, "the output has another size");
  } else {
    status = iree_hal_device_transfer_d2h(iree_runtime_session_device(model->session),
                                          iree_hal_buffer_view_buffer(tensor), 0, output,
                                          output_size * sizeof(float), IREE_HAL_TRANSFER_BUFFER_FLAG_DEFAULT,
                                          iree_infinite_timeout());
  }
  iree_hal_buffer_view_release(tensor);
  return status;
}

iree_status_t model_run(model_t* model, iree_host_size_t rank, const iree_hal_dim_t* shape, const float* input,
                        iree_host_size_t output_size, float* output) {
  iree_runtime_call_t call;
  IREE_RETURN_IF_ERROR(
      iree_runtime_call_initialize_by_name(model->session, iree_make_cstring_view("module.main"), &call));
  iree_status_t status = push_input(model, &call, rank, shape, input);
  if (iree_status_is_ok(status)) status = iree_runtime_call_invoke(&call, /*flags=*/0);
  if (iree_status_is_ok(status)) status = pop_output(model, &call, output_size, output);
  iree_runtime_call_deinitialize(&call);
  return status;
}

void model_release(model_t* model) {
  iree_runtime_session_release(model->session);
  iree_runtime_instance_release(model->instance);
}
