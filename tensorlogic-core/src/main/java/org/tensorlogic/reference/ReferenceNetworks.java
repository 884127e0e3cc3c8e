package org.tensorlogic.reference;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.tensorlogic.Convolution;
import org.tensorlogic.Pooling;
import org.tensorlogic.RopeStyle;
import org.tensorlogic.Tensor;
import org.tensorlogic.backend.Layout;
import org.tensorlogic.backend.PoolOp;

/** Convolution, pooling, rotary embedding, attention: as their definitions read. */
final class ReferenceNetworks {
  private ReferenceNetworks() {}

  static void conv2d(Tensor x, Tensor weight, @Nullable Tensor bias, Convolution how, Tensor out) {
    long channels = weight.dim(1);
    int kernelHeight = Math.toIntExact(weight.dim(2));
    int kernelWidth = Math.toIntExact(weight.dim(3));
    long outputs = weight.dim(0);
    long height = out.dim(2);
    int width = Math.toIntExact(out.dim(3));
    long inHeight = x.dim(2);
    int inWidth = Math.toIntExact(x.dim(3));
    Layout xl = x.layout();
    Layout wl = weight.layout();
    long work = out.size() * Math.max(1, channels * kernelHeight * kernelWidth);
    Runs.parallel(
        out.size() == 0 ? 0 : x.dim(0) * outputs * height,
        work,
        index -> {
          long row = index % height;
          long output = index / height % outputs;
          long image = index / height / outputs;
          long firstChannel = output / (outputs / how.groups()) * channels;
          float[] in = new float[inWidth];
          float[] taps = new float[kernelWidth];
          float[] sums = new float[width];
          if (bias != null) {
            Arrays.fill(sums, bias.storage().get(bias.layout().position(output)));
          }
          for (long c = 0; c < channels; c++) {
            for (int kh = 0; kh < kernelHeight; kh++) {
              long y =
                  row * how.strideHeight() - how.paddingHeight() + (long) kh * how.dilationHeight();
              if (y < 0 || y >= inHeight) {
                continue;
              }
              x.storage()
                  .read(xl.position(image, firstChannel + c, y, 0), xl.stride(3), in, 0, inWidth);
              weight
                  .storage()
                  .read(wl.position(output, c, kh, 0), wl.stride(3), taps, 0, kernelWidth);
              for (int kw = 0; kw < kernelWidth; kw++) {
                int shift = kw * how.dilationWidth() - how.paddingWidth();
                addTap(taps[kw], in, shift, how.strideWidth(), sums);
              }
            }
          }
          out.storage().write(index * width, sums, 0, width);
        });
  }

  private static void addTap(float tap, float[] in, int shift, int stride, float[] sums) {
    int from = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    int to =
        in.length - shift <= 0 ? 0 : Math.min(sums.length, (in.length - shift - 1) / stride + 1);
    for (int i = from; i < to; i++) {
      sums[i] += tap * in[i * stride + shift];
    }
  }

  static void pool2d(PoolOp op, Tensor x, Pooling how, Tensor out) {
    long height = out.dim(2);
    int width = Math.toIntExact(out.dim(3));
    int inWidth = Math.toIntExact(x.dim(3));
    Layout xl = x.layout();
    Runs.parallel(
        out.size() == 0 ? 0 : out.dim(0) * out.dim(1) * height,
        out.size() * how.height() * how.width(),
        index -> {
          long row = index % height;
          long channel = index / height % out.dim(1);
          long image = index / height / out.dim(1);
          float[][] in = new float[how.height()][];
          for (int kh = 0; kh < how.height(); kh++) {
            long y = row * how.strideHeight() - how.paddingHeight() + kh;
            if (y >= 0 && y < x.dim(2)) {
              in[kh] = new float[inWidth];
              x.storage().read(xl.position(image, channel, y, 0), xl.stride(3), in[kh], 0, inWidth);
            }
          }
          float[] result = new float[width];
          for (int i = 0; i < width; i++) {
            int from = i * how.strideWidth() - how.paddingWidth();
            result[i] = op == PoolOp.MAX ? largest(in, from, how) : average(in, from, how);
          }
          out.storage().write(index * width, result, 0, width);
        });
  }

  private static float largest(float[][] in, int from, Pooling how) {
    float best = Float.NEGATIVE_INFINITY;
    for (float[] row : in) {
      for (int i = Math.max(0, from);
          row != null && i < Math.min(row.length, from + how.width());
          i++) {
        best = Math.max(best, row[i]);
      }
    }
    return best;
  }

  private static float average(float[][] in, int from, Pooling how) {
    double sum = 0;
    int inside = 0;
    for (float[] row : in) {
      for (int i = Math.max(0, from);
          row != null && i < Math.min(row.length, from + how.width());
          i++) {
        sum += row[i];
        inside++;
      }
    }
    return (float) (sum / (how.countPadding() ? how.height() * how.width() : inside));
  }

  static void rope(Tensor x, Tensor cos, Tensor sin, RopeStyle style, Tensor out) {
    if (x.size() == 0) {
      return;
    }
    int extent = Math.toIntExact(x.dim(-1));
    int pairs = Math.toIntExact(cos.dim(1));
    long heads = x.dim(-2);
    long positions = x.dim(-3);
    Runs.parallel(
        x.size() / extent,
        x.size(),
        row -> {
          float[] v = ReferenceReductions.readRow(x, row);
          long position = row / heads % positions;
          for (int i = 0; i < pairs; i++) {
            float c = cos.storage().get(cos.layout().position(position, i));
            float s = sin.storage().get(sin.layout().position(position, i));
            int first = style == RopeStyle.INTERLEAVED ? 2 * i : i;
            int second = style == RopeStyle.INTERLEAVED ? 2 * i + 1 : i + pairs;
            float a = v[first];
            float b = v[second];
            v[first] = a * c - b * s;
            v[second] = a * s + b * c;
          }
          out.storage().write(row * extent, v, 0, extent);
        });
  }

  static void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      @Nullable Tensor mask,
      boolean causal,
      float scale,
      Tensor out) {
    long heads = q.dim(1);
    long queries = q.dim(2);
    int keys = Math.toIntExact(k.dim(2));
    int extent = Math.toIntExact(q.dim(3));
    int valueExtent = Math.toIntExact(v.dim(3));
    long perGroup = heads / k.dim(1);
    Runs.parallel(
        q.dim(0) * heads * queries,
        q.dim(0) * heads * queries * keys * (extent + valueExtent),
        index -> {
          long query = index % queries;
          long head = index / queries % heads;
          long batch = index / queries / heads;
          long group = head / perGroup;
          int visible = causal ? (int) (query + keys - queries + 1) : keys;
          float[] left = new float[extent];
          float[] right = new float[Math.max(extent, valueExtent)];
          float[] scores = new float[visible];
          Layout ql = q.layout();
          q.storage().read(ql.position(batch, head, query, 0), ql.stride(3), left, 0, extent);
          for (int j = 0; j < visible; j++) {
            Layout kl = k.layout();
            k.storage().read(kl.position(batch, group, j, 0), kl.stride(3), right, 0, extent);
            double dot = 0;
            for (int d = 0; d < extent; d++) {
              dot += (double) left[d] * right[d];
            }
            scores[j] = (float) (dot * scale);
            if (mask != null) {
              scores[j] += mask.storage().get(mask.layout().position(batch, head, query, j));
            }
          }
          ReferenceReductions.softmax(scores, false);
          double[] sums = new double[valueExtent];
          for (int j = 0; j < visible; j++) {
            Layout vl = v.layout();
            v.storage().read(vl.position(batch, group, j, 0), vl.stride(3), right, 0, valueExtent);
            for (int d = 0; d < valueExtent; d++) {
              sums[d] += (double) scores[j] * right[d];
            }
          }
          float[] result = new float[valueExtent];
          for (int d = 0; d < valueExtent; d++) {
            result[d] = (float) sums[d];
          }
          out.storage().write(index * valueExtent, result, 0, valueExtent);
        });
  }
}
