// The part of IREE's C runtime API that the examples use, as IREE 3.13 declares it: no package has its headers.
// Enough to check types and calls (-fsyntax-only); nothing here is ever run.
#ifndef IREE_RUNTIME_API_H_
#define IREE_RUNTIME_API_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef size_t iree_host_size_t;
typedef uint64_t iree_device_size_t;
typedef iree_device_size_t iree_hal_dim_t;
typedef uint32_t iree_hal_element_type_t, iree_hal_encoding_type_t, iree_hal_transfer_buffer_flags_t;
typedef uint32_t iree_hal_memory_type_t, iree_hal_buffer_usage_t, iree_runtime_call_flags_t;
typedef uint16_t iree_hal_memory_access_t;
typedef struct iree_status_handle_t* iree_status_t;
typedef enum { IREE_STATUS_OK = 0, IREE_STATUS_INVALID_ARGUMENT = 3 } iree_status_code_t;
typedef struct iree_hal_device_t iree_hal_device_t;
typedef struct iree_hal_allocator_t iree_hal_allocator_t;
typedef struct iree_hal_buffer_t iree_hal_buffer_t;
typedef struct iree_hal_buffer_view_t iree_hal_buffer_view_t;
typedef struct iree_runtime_instance_t iree_runtime_instance_t;
typedef struct iree_runtime_session_t iree_runtime_session_t;
typedef struct { void *self, *ctl; } iree_allocator_t;
typedef struct { const char* data; iree_host_size_t size; } iree_string_view_t;
typedef struct { const uint8_t* data; iree_host_size_t data_length; } iree_const_byte_span_t;
typedef struct { int type; int64_t nanos; } iree_timeout_t;
typedef struct { iree_host_size_t flags; } iree_runtime_instance_options_t, iree_runtime_session_options_t;
typedef struct { iree_runtime_session_t* session; void* lists[2]; } iree_runtime_call_t;
typedef struct {
  iree_hal_buffer_usage_t usage;
  iree_hal_memory_access_t access;
  iree_hal_memory_type_t type;
} iree_hal_buffer_params_t;

enum {
  IREE_HAL_ELEMENT_TYPE_FLOAT_32 = 1,
  IREE_HAL_ENCODING_TYPE_DENSE_ROW_MAJOR,
  IREE_HAL_MEMORY_TYPE_DEVICE_LOCAL,
  IREE_HAL_MEMORY_ACCESS_ALL,
  IREE_HAL_BUFFER_USAGE_DEFAULT,
  IREE_HAL_TRANSFER_BUFFER_FLAG_DEFAULT,
};

#define IREE_ARRAYSIZE(array) (sizeof(array) / sizeof(array[0]))
#define IREE_RETURN_IF_ERROR(expression)              \
  do {                                                \
    iree_status_t status_ = (expression);             \
    if (!iree_status_is_ok(status_)) return status_;  \
  } while (0)

iree_status_t iree_ok_status(void);
int iree_status_is_ok(iree_status_t status);
iree_status_code_t iree_status_code(iree_status_t status);
const char* iree_status_code_string(iree_status_code_t code);
iree_status_t iree_make_status(iree_status_code_t code, const char* format, ...);
iree_status_t iree_status_ignore(iree_status_t status);
void iree_status_fprint(FILE* file, iree_status_t status);
iree_allocator_t iree_allocator_system(void);
iree_allocator_t iree_allocator_null(void);
iree_timeout_t iree_infinite_timeout(void);
iree_string_view_t iree_make_cstring_view(const char* text);
iree_const_byte_span_t iree_make_const_byte_span(const void* data, iree_host_size_t data_length);

void iree_runtime_instance_options_initialize(iree_runtime_instance_options_t* out_options);
void iree_runtime_instance_options_use_all_available_drivers(iree_runtime_instance_options_t* options);
iree_status_t iree_runtime_instance_create(const iree_runtime_instance_options_t* options,
                                           iree_allocator_t host_allocator, iree_runtime_instance_t** out_instance);
void iree_runtime_instance_release(iree_runtime_instance_t* instance);
iree_allocator_t iree_runtime_instance_host_allocator(const iree_runtime_instance_t* instance);
iree_status_t iree_runtime_instance_try_create_default_device(iree_runtime_instance_t* instance,
                                                              iree_string_view_t driver_name,
                                                              iree_hal_device_t** out_device);
void iree_hal_device_release(iree_hal_device_t* device);

void iree_runtime_session_options_initialize(iree_runtime_session_options_t* out_options);
iree_status_t iree_runtime_session_create_with_device(iree_runtime_instance_t* instance,
                                                      const iree_runtime_session_options_t* options,
                                                      iree_hal_device_t* device, iree_allocator_t host_allocator,
                                                      iree_runtime_session_t** out_session);
void iree_runtime_session_release(iree_runtime_session_t* session);
iree_hal_device_t* iree_runtime_session_device(const iree_runtime_session_t* session);
iree_hal_allocator_t* iree_runtime_session_device_allocator(const iree_runtime_session_t* session);
iree_status_t iree_runtime_session_append_bytecode_module_from_memory(iree_runtime_session_t* session,
                                                                      iree_const_byte_span_t flatbuffer_data,
                                                                      iree_allocator_t flatbuffer_allocator);

iree_status_t iree_runtime_call_initialize_by_name(iree_runtime_session_t* session, iree_string_view_t full_name,
                                                   iree_runtime_call_t* out_call);
iree_status_t iree_runtime_call_inputs_push_back_buffer_view(iree_runtime_call_t* call,
                                                             iree_hal_buffer_view_t* buffer_view);
iree_status_t iree_runtime_call_invoke(iree_runtime_call_t* call, iree_runtime_call_flags_t flags);
iree_status_t iree_runtime_call_outputs_pop_front_buffer_view(iree_runtime_call_t* call,
                                                              iree_hal_buffer_view_t** out_buffer_view);
void iree_runtime_call_deinitialize(iree_runtime_call_t* call);

iree_status_t iree_hal_buffer_view_allocate_buffer_copy(
    iree_hal_device_t* device, iree_hal_allocator_t* allocator, iree_host_size_t shape_rank,
    const iree_hal_dim_t* shape, iree_hal_element_type_t element_type, iree_hal_encoding_type_t encoding_type,
    iree_hal_buffer_params_t buffer_params, iree_const_byte_span_t initial_data,
    iree_hal_buffer_view_t** out_buffer_view);
void iree_hal_buffer_view_release(iree_hal_buffer_view_t* buffer_view);
iree_device_size_t iree_hal_buffer_view_byte_length(const iree_hal_buffer_view_t* buffer_view);
iree_hal_buffer_t* iree_hal_buffer_view_buffer(const iree_hal_buffer_view_t* buffer_view);
iree_status_t iree_hal_device_transfer_d2h(iree_hal_device_t* device, iree_hal_buffer_t* source,
                                           iree_device_size_t source_offset, void* target,
                                           iree_device_size_t data_length, iree_hal_transfer_buffer_flags_t flags,
                                           iree_timeout_t timeout);

#endif  // IREE_RUNTIME_API_H_
