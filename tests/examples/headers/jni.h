// The part of Java's native interface that the Android example uses, for checks of its syntax without a JDK.
#ifndef JNI_H_
#define JNI_H_

#include <stdint.h>

#define JNIEXPORT
#define JNICALL
#define JNI_ABORT 2

typedef int8_t jbyte;
typedef int32_t jint, jsize;
typedef int64_t jlong;
typedef float jfloat;
typedef uint8_t jboolean;
typedef struct object_t* jobject;
typedef jobject jclass, jarray, jbyteArray, jfloatArray;

typedef const struct JNINativeInterface_* JNIEnv;
struct JNINativeInterface_ {
  jclass (*FindClass)(JNIEnv* env, const char* name);
  jint (*ThrowNew)(JNIEnv* env, jclass type, const char* message);
  jsize (*GetArrayLength)(JNIEnv* env, jarray array);
  void (*GetByteArrayRegion)(JNIEnv* env, jbyteArray array, jsize start, jsize length, jbyte* buffer);
  jfloat* (*GetFloatArrayElements)(JNIEnv* env, jfloatArray array, jboolean* is_copy);
  void (*ReleaseFloatArrayElements)(JNIEnv* env, jfloatArray array, jfloat* elements, jint mode);
};

#endif  // JNI_H_
