package org.example.dnnf;

import android.app.Activity;
import android.os.Bundle;
import android.widget.TextView;
import java.io.IOException;
import java.util.Arrays;

/** Shows the scores of a grey image. */
public final class MainActivity extends Activity {
    @Override
    protected void onCreate(Bundle state) {
        super.onCreate(state);
        float[] image = new float[Classifier.IMAGE_ELEMENTS];
        Arrays.fill(image, 0.5f);
        TextView text = new TextView(this);
        try (Classifier classifier = new Classifier(getAssets())) {
            text.setText(Arrays.toString(classifier.classify(image)));
        } catch (IOException error) {
            text.setText(error.toString());
        }
        setContentView(text);
    }
}
