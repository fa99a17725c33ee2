package org.example.dnnf;

import android.content.res.AssetManager;
import java.io.IOException;
import java.io.InputStream;

/** The compiled model of the assets: image float32[1,3,32,32], scores float32[1,10]. */
final class Classifier implements AutoCloseable {
    static final int IMAGE_ELEMENTS = 3 * 32 * 32;
    static final int CLASSES = 10;

    static {
        System.loadLibrary("dnnf_example");
    }

    private final long handle;

    Classifier(AssetManager assets) throws IOException {
        try (InputStream file = assets.open("model.vmfb")) {
            handle = load(file.readAllBytes());
        }
    }

    float[] classify(float[] image) {
        if (image.length != IMAGE_ELEMENTS) {
            throw new IllegalArgumentException("an image has " + IMAGE_ELEMENTS + " elements");
        }
        float[] scores = new float[CLASSES];
        run(handle, image, scores);
        return scores;
    }

    @Override
    public void close() {
        release(handle);
    }

    private static native long load(byte[] vmfb);

    private static native void run(long handle, float[] image, float[] scores);

    private static native void release(long handle);
}
