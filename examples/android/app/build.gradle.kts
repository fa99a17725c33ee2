plugins {
    id("com.android.application")
}

android {
    namespace = "org.example.dnnf"
    compileSdk = 35
    defaultConfig {
        applicationId = "org.example.dnnf"
        minSdk = 33
        targetSdk = 35
        ndk { abiFilters += "arm64-v8a" }
        externalNativeBuild { cmake { arguments += "-DANDROID_STL=c++_static" } }
    }
    externalNativeBuild {
        cmake {
            path = file("src/main/cpp/CMakeLists.txt")
            version = "3.31.0"
        }
    }
    androidResources { noCompress += "vmfb" }
}
