// The native half of Classifier.java: loads the module once, runs it for each image.
#include <jni.h>

#include <stdlib.h>

#include "model.h"

typedef struct classifier_t {
  model_t model;
  jbyte* vmfb;
} classifier_t;

static void throw_status(JNIEnv* env, iree_status_t status) {
  const char* name = iree_status_code_string(iree_status_code(status));
  iree_status_ignore(status);
  (*env)->ThrowNew(env, (*env)->FindClass(env, "java/lang/IllegalStateException"), name);
}

JNIEXPORT jlong JNICALL Java_org_example_dnnf_Classifier_load(JNIEnv* env, jclass type, jbyteArray vmfb) {
  (void)type;
  jsize size = (*env)->GetArrayLength(env, vmfb);
  classifier_t* classifier = calloc(1, sizeof(classifier_t));
  classifier->vmfb = malloc((size_t)size);
  (*env)->GetByteArrayRegion(env, vmfb, 0, size, classifier->vmfb);
  iree_const_byte_span_t bytes = iree_make_const_byte_span(classifier->vmfb, (iree_host_size_t)size);
  iree_status_t status = model_load(bytes, "local-task", &classifier->model);
  if (!iree_status_is_ok(status)) throw_status(env, status);
  return (jlong)(intptr_t)classifier;
}

JNIEXPORT void JNICALL Java_org_example_dnnf_Classifier_run(JNIEnv* env, jclass type, jlong handle, jfloatArray image,
                                                            jfloatArray scores) {
  (void)type;
  static const iree_hal_dim_t kShape[] = {1, 3, 32, 32};
  classifier_t* classifier = (classifier_t*)(intptr_t)handle;
  jfloat* input = (*env)->GetFloatArrayElements(env, image, NULL);
  jfloat* output = (*env)->GetFloatArrayElements(env, scores, NULL);
  iree_status_t status = model_run(&classifier->model, IREE_ARRAYSIZE(kShape), kShape, input,
                                   (iree_host_size_t)(*env)->GetArrayLength(env, scores), output);
  (*env)->ReleaseFloatArrayElements(env, image, input, JNI_ABORT);
  (*env)->ReleaseFloatArrayElements(env, scores, output, 0);
  if (!iree_status_is_ok(status)) throw_status(env, status);
}

JNIEXPORT void JNICALL Java_org_example_dnnf_Classifier_release(JNIEnv* env, jclass type, jlong handle) {
  (void)env;
  (void)type;
  classifier_t* classifier = (classifier_t*)(intptr_t)handle;
  model_release(&classifier->model);
  free(classifier->vmfb);
  free(classifier);
}
