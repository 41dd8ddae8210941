// Small networks: what they reply, how they learn, and what a drawing becomes.
// A classic script without imports, so that it runs from file:// and in node.
"use strict";

var kdNet = (function () {
  // ------------------------------------------------------------- numbers
  function bytes(text) {
    let raw = atob(text), found = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
    return found;
  }

  function numbers(text) { // float32, as scripts/playground.py packs them
    return new Float32Array(bytes(text).buffer);
  }

  function random(seed) { // Mulberry32: from 0 to below 1
    return function () {
      seed = (seed + 0x6d2b79f5) | 0;
      let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  function softmax(logits, temperature) {
    let top = Math.max.apply(null, logits), total = 0;
    let p = Array.from(logits, function (z) {
      let e = Math.exp((z - top) / temperature);
      total += e;
      return e;
    });
    return p.map(function (e) { return e / total; });
  }

  function entropy(p) { // in nats
    return -p.reduce(function (sum, q) {
      return q > 0 ? sum + q * Math.log(q) : sum;
    }, 0);
  }

  function argmax(values) {
    let best = 0;
    for (let i = 1; i < values.length; i++) {
      if (values[i] > values[best]) best = i;
    }
    return best;
  }

  // T^2 times the cross-entropy of the teacher's softened answer and the
  // student's, less its smallest value (so, T^2 times the KL divergence).
  function softLoss(p, logits, temperature) {
    let q = softmax(logits, temperature), sum = 0;
    for (let i = 0; i < p.length; i++) {
      if (p[i] > 0) sum += p[i] * Math.log(p[i] / q[i]);
    }
    return temperature * temperature * sum;
  }

  // Its gradient with respect to the student's logits.
  function softGradient(p, logits, temperature) {
    return softmax(logits, temperature).map(function (q, i) {
      return temperature * (q - p[i]);
    });
  }

  // ------------------------------------------------------------ networks
  // A map is {data, high, wide, deep}: a number each place and channel.
  let RUN = {
    views: function (layer, map) { // a margin is not looked at
      let by = layer.by, high = map.high - 2 * by, wide = map.wide - 2 * by;
      let data = new Float32Array(high * wide);
      for (let i = 0; i < high; i++) {
        for (let j = 0; j < wide; j++) {
          data[i * wide + j] = map.data[(i + by) * map.wide + j + by];
        }
      }
      return {data: data, high: high, wide: wide, deep: 1};
    },
    means: function (layer, map) {
      let side = layer.side, high = map.high / side, wide = map.wide / side;
      let data = new Float32Array(high * wide);
      for (let i = 0; i < map.high; i++) {
        for (let j = 0; j < map.wide; j++) {
          data[Math.floor(i / side) * wide + Math.floor(j / side)] +=
            map.data[i * map.wide + j] / (side * side);
        }
      }
      return {data: data, high: high, wide: wide, deep: 1};
    },
    filters: function (layer, map) { // stride 2, padding "same"
      let size = layer.shape[0], deep = layer.shape[3], from = map.deep;
      let high = Math.ceil(map.high / 2), wide = Math.ceil(map.wide / 2);
      let above = Math.max(0, (high - 1) * 2 + size - map.high) >> 1;
      let left = Math.max(0, (wide - 1) * 2 + size - map.wide) >> 1;
      let data = new Float32Array(high * wide * deep);
      let sums = new Float64Array(deep);
      for (let i = 0; i < high; i++) {
        for (let j = 0; j < wide; j++) {
          sums.set(layer.bias);
          for (let a = 0; a < size; a++) {
            let y = 2 * i + a - above;
            if (y < 0 || y >= map.high) continue;
            for (let b = 0; b < size; b++) {
              let x = 2 * j + b - left;
              if (x < 0 || x >= map.wide) continue;
              for (let c = 0; c < from; c++) {
                let v = map.data[(y * map.wide + x) * from + c];
                if (v === 0) continue;
                let row = ((a * size + b) * from + c) * deep;
                for (let k = 0; k < deep; k++) {
                  sums[k] += v * layer.kernel[row + k];
                }
              }
            }
          }
          let place = (i * wide + j) * deep;
          for (let o = 0; o < deep; o++) {
            data[place + o] = Math.max(0, sums[o]);
          }
        }
      }
      return {data: data, high: high, wide: wide, deep: deep};
    },
    dense: function (layer, map) {
      let data = dense(layer.kernel, layer.bias, map.data);
      if (layer.relu) relu(data);
      return {data: data, high: 1, wide: 1, deep: data.length};
    }
  };
  RUN.hidden = RUN.logits = RUN.dense;

  function dense(kernel, bias, x) {
    let sums = Float64Array.from(bias), units = bias.length;
    for (let i = 0; i < x.length; i++) {
      if (x[i] === 0) continue;
      for (let k = 0; k < units; k++) sums[k] += x[i] * kernel[i * units + k];
    }
    return sums;
  }

  function relu(values) {
    for (let i = 0; i < values.length; i++) {
      if (values[i] < 0) values[i] = 0;
    }
  }

  // A network of models.js, its weights unpacked.
  function open(stored) {
    return stored.layers.map(function (layer) {
      if (!layer.kernel) return layer;
      return Object.assign({}, layer, {
        kernel: numbers(layer.kernel), bias: numbers(layer.bias)
      });
    });
  }

  // The logits of a network for an image of 28 by 28, ink 1 on paper 0.
  function reply(layers, pixels) {
    let map = {data: pixels, high: 28, wide: 28, deep: 1};
    layers.forEach(function (layer) { map = RUN[layer.kind](layer, map); });
    return Array.from(map.data);
  }

  function halved(pixels) {
    return RUN.means({side: 2}, {data: pixels, high: 28, wide: 28}).data;
  }

  // All images of models.js: {train, test}, each {x, y}.
  function images(stored) {
    let raw = bytes(stored.pixels), found = {train: [], test: []};
    for (let n = 0; n < stored.labels.length; n++) {
      let pixels = Float32Array.from(
        raw.subarray(784 * n, 784 * (n + 1)), function (v) { return v / 255; }
      );
      found[n < stored.train ? "train" : "test"].push(
        {x: pixels, y: stored.labels[n]}
      );
    }
    return found;
  }

  // ------------------------------------------------------------ learning
  // A student of one hidden layer learns by Adam, Keras' settings.
  // x: inputs; p: what to say of each, probabilities; temperature: of both.
  function learner(given) {
    let draw = random(given.seed + 1), units = given.units;
    let size = given.x[0].length, classes = given.p[0].length;
    let rate = given.rate, T = given.temperature, batch = given.batch;
    function glorot(rows, columns) {
      let most = Math.sqrt(6 / (rows + columns));
      return Float64Array.from({length: rows * columns}, function () {
        return most * (2 * draw() - 1);
      });
    }
    let weights = [
      glorot(size, units), new Float64Array(units),
      glorot(units, classes), new Float64Array(classes)
    ];
    let slopes = weights.map(function (w) { return new Float64Array(w.length); });
    let first = weights.map(function (w) { return new Float64Array(w.length); });
    let second = weights.map(function (w) { return new Float64Array(w.length); });
    let steps = 0, order = [];

    function backward(x, p, share) { // adds to the slopes; returns the loss
      let hidden = dense(weights[0], weights[1], x);
      relu(hidden);
      let logits = dense(weights[2], weights[3], hidden);
      let error = softGradient(p, logits, T), i, k;
      for (k = 0; k < classes; k++) slopes[3][k] += share * error[k];
      let back = new Float64Array(units);
      for (i = 0; i < units; i++) {
        if (hidden[i] === 0) continue;
        for (k = 0; k < classes; k++) {
          slopes[2][i * classes + k] += share * hidden[i] * error[k];
          back[i] += weights[2][i * classes + k] * error[k];
        }
        slopes[1][i] += share * back[i];
      }
      for (i = 0; i < size; i++) {
        if (x[i] === 0) continue;
        for (k = 0; k < units; k++) {
          slopes[0][i * units + k] += share * x[i] * back[k];
        }
      }
      return share * softLoss(p, logits, T);
    }

    function next() { // shuffled passes, joined
      if (!order.length) {
        order = given.x.map(function (_, i) { return i; });
        for (let i = order.length - 1; i > 0; i--) {
          let j = Math.floor(draw() * (i + 1)), kept = order[i];
          order[i] = order[j];
          order[j] = kept;
        }
      }
      return order.pop();
    }

    function step() {
      let loss = 0;
      slopes.forEach(function (s) { s.fill(0); });
      for (let n = 0; n < batch; n++) {
        let row = next();
        loss += backward(given.x[row], given.p[row], 1 / batch);
      }
      steps += 1;
      let now = rate * Math.sqrt(1 - Math.pow(0.999, steps)) /
        (1 - Math.pow(0.9, steps));
      weights.forEach(function (w, part) {
        let g = slopes[part], m = first[part], v = second[part];
        for (let i = 0; i < w.length; i++) {
          m[i] += 0.1 * (g[i] - m[i]);
          v[i] += 0.001 * (g[i] * g[i] - v[i]);
          w[i] -= now * m[i] / (Math.sqrt(v[i]) + 1e-7);
        }
      });
      return loss;
    }

    return {
      step: step, weights: weights, slopes: slopes, backward: backward,
      steps: function () { return steps; },
      layers: function () { // as `reply` wants them
        return [
          {kind: "means", side: 2},
          {kind: "hidden", kernel: weights[0], bias: weights[1], relu: true},
          {kind: "logits", kernel: weights[2], bias: weights[3], relu: false}
        ];
      },
      say: function (x) { // of an image that is halved already
        let hidden = dense(weights[0], weights[1], x);
        relu(hidden);
        return dense(weights[2], weights[3], hidden);
      }
    };
  }

  // ------------------------------------------------------------- drawings
  let PEN = 2.6, EDGE = 1.4, BOX = 20; // pixels of the 28

  // Strokes, lists of [x, y], as an image of 28 by 28. As in MNIST, what is
  // drawn fills a box of 20 pixels, and its centre of mass is in the middle.
  // Smaller than `least`, it is taken for a dot, and not enlarged to a line.
  function raster(strokes, least) {
    let all = [].concat.apply([], strokes);
    if (!all.length) return new Float32Array(784);
    function ends(axis) {
      let own = all.map(function (point) { return point[axis]; });
      return [Math.min.apply(null, own), Math.max.apply(null, own)];
    }
    let x = ends(0), y = ends(1);
    let size = Math.max(x[1] - x[0], y[1] - y[0], least);
    let scale = (BOX - PEN) / size;
    function placed(right, down) {
      return ink(strokes.map(function (stroke) {
        return stroke.map(function (point) {
          return [
            14 + right + scale * (point[0] - (x[0] + x[1]) / 2),
            14 + down + scale * (point[1] - (y[0] + y[1]) / 2)
          ];
        });
      }));
    }
    let middle = centre(placed(0, 0));
    return placed(14 - middle[0], 14 - middle[1]);
  }

  function ink(strokes) {
    let near = new Float32Array(784).fill(Infinity); // squared distances
    strokes.forEach(function (stroke) {
      for (let n = 0; n < stroke.length; n++) {
        segment(near, stroke[Math.max(0, n - 1)], stroke[n]);
      }
    });
    return near.map(function (squared) {
      let over = (PEN + EDGE) / 2 - Math.sqrt(squared);
      return Math.min(1, Math.max(0, over / EDGE));
    });
  }

  function segment(near, a, b) {
    let reach = (PEN + EDGE) / 2, dx = b[0] - a[0], dy = b[1] - a[1];
    let length = dx * dx + dy * dy;
    let top = Math.max(0, Math.floor(Math.min(a[1], b[1]) - reach));
    let bottom = Math.min(27, Math.ceil(Math.max(a[1], b[1]) + reach));
    let left = Math.max(0, Math.floor(Math.min(a[0], b[0]) - reach));
    let right = Math.min(27, Math.ceil(Math.max(a[0], b[0]) + reach));
    for (let i = top; i <= bottom; i++) {
      for (let j = left; j <= right; j++) {
        let px = j + 0.5 - a[0], py = i + 0.5 - a[1];
        let along = length ? (px * dx + py * dy) / length : 0;
        along = Math.min(1, Math.max(0, along));
        let ox = px - along * dx, oy = py - along * dy;
        near[28 * i + j] = Math.min(near[28 * i + j], ox * ox + oy * oy);
      }
    }
  }

  function centre(pixels) { // of mass
    let sum = 0, x = 0, y = 0;
    pixels.forEach(function (value, n) {
      sum += value;
      x += value * (n % 28 + 0.5);
      y += value * (Math.floor(n / 28) + 0.5);
    });
    return [x / sum, y / sum];
  }

  // -------------------------------------------------------------- figures
  // Microseconds of one call: the median of seven rounds of many calls.
  function microseconds(call) {
    let many = 1, took = 0;
    while (took < 4) { // clocks of browsers are coarse
      many *= 2;
      took = time(many);
    }
    let rounds = [0, 1, 2, 3, 4, 5, 6].map(function () { return time(many); });
    rounds.sort(function (a, b) { return a - b; });
    return 1000 * rounds[3] / many;

    function time(calls) {
      let began = performance.now();
      for (let i = 0; i < calls; i++) call();
      return performance.now() - began;
    }
  }

  // The interval of Wilson: 95 % for a share, `right` of `all`.
  function wilson(right, all) {
    let z = 1.96, p = right / all, n = all;
    let middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    let half = z / (1 + z * z / n) *
      Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return [middle - half, middle + half];
  }

  return {
    argmax: argmax, centre: centre, entropy: entropy, halved: halved,
    images: images, learner: learner, microseconds: microseconds,
    numbers: numbers, open: open, random: random, raster: raster,
    reply: reply, softGradient: softGradient, softLoss: softLoss,
    softmax: softmax, wilson: wilson
  };
})();
