// run_model model.vmfb 1x3x32x32 input.f32 10 output.f32: raw float32 files, sizes as the model declares them.
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

#define MAXIMUM_RANK 8

// The contents of a file, NULL if it cannot be read; the caller frees them.
static void* read_file(const char* path, size_t* out_size) {
  FILE* file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  *out_size = (size_t)ftell(file);
  rewind(file);
  void* contents = malloc(*out_size);
  if (contents && fread(contents, 1, *out_size, file) != *out_size) {
    free(contents);
    contents = NULL;
  }
  fclose(file);
  return contents;
}

// Reads "1x3x32x32"; returns the rank, 0 for anything else.
static size_t parse_shape(const char* text, iree_hal_dim_t* shape, size_t* out_count) {
  *out_count = 1;
  for (size_t rank = 0; rank < MAXIMUM_RANK;) {
    char* end = NULL;
    shape[rank] = strtoul(text, &end, 10);
    if (end == text || shape[rank] == 0) return 0;
    *out_count *= shape[rank++];
    if (*end == '\0') return rank;
    if (*end != 'x') return 0;
    text = end + 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  iree_hal_dim_t shape[MAXIMUM_RANK];
  size_t input_count = 0, vmfb_size = 0, input_size = 0;
  size_t rank = argc == 6 ? parse_shape(argv[2], shape, &input_count) : 0;
  size_t output_count = argc == 6 ? strtoul(argv[4], NULL, 10) : 0;
  if (rank == 0 || output_count == 0) {
    fprintf(stderr, "usage: run_model model.vmfb SHAPE input.f32 OUTPUT_ELEMENTS output.f32\n");
    return 2;
  }
  void* vmfb = read_file(argv[1], &vmfb_size);
  float* input = read_file(argv[3], &input_size);
  float* output = calloc(output_count, sizeof(float));
  if (!vmfb || !input || !output || input_size != input_count * sizeof(float)) {
    fprintf(stderr, "error: a file cannot be read, or the input does not have the shape %s\n", argv[2]);
    return 1;
  }

  model_t model;
  iree_status_t status = model_load(iree_make_const_byte_span(vmfb, vmfb_size), "local-task", &model);
  if (iree_status_is_ok(status)) status = model_run(&model, rank, shape, input, output_count, output);
  model_release(&model);

  int exit_code = (int)iree_status_code(status);
  if (iree_status_is_ok(status)) {
    FILE* file = fopen(argv[5], "wb");
    if (!file || fwrite(output, sizeof(float), output_count, file) != output_count) exit_code = 1;
    if (file) fclose(file);
  } else {
    iree_status_fprint(stderr, status);
    iree_status_ignore(status);
  }
  free(output);
  free(input);
  free(vmfb);
  return exit_code;
}
