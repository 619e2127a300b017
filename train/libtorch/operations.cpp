// Convolution and its gradients through ATen, for burn-tch: maps in channels-last and, with COLORIZE_BF16=2, bf16 throughout.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <cstdlib>
#include <cstdio>
#include <vector>
using at::Tensor;
static int mode() { static int m = [] { const char* e = getenv("COLORIZE_BF16"); return e ? atoi(e) : 0; }(); return m; }
static Tensor cl(const Tensor& t) { return t.contiguous(at::MemoryFormat::ChannelsLast); }
static Tensor lower(const Tensor& t) { return t.to(at::kBFloat16, false, false, at::MemoryFormat::ChannelsLast).contiguous(at::MemoryFormat::ChannelsLast); }
static Tensor upper(const Tensor& t) { return t.to(at::kFloat, false, false, at::MemoryFormat::ChannelsLast).contiguous(at::MemoryFormat::ChannelsLast); }
static bool pays(const Tensor& w, int64_t groups) { return mode() && groups == 1 && w.size(0) >= 16 && w.size(1) >= 16; }
static bool depthwise(const Tensor& x, const Tensor& w, int64_t groups) { return groups > 1 && groups == x.size(1) && w.size(0) == groups; }
// colours are decided in 32 bits
static bool decides(const Tensor& w) { return w.size(0) == 261 || w.size(0) <= 3; }

static inline float up(uint16_t v) { uint32_t u = uint32_t(v) << 16; float f; __builtin_memcpy(&f, &u, 4); return f; }
static inline float up(float v) { return v; }
static inline void put(float v, float& to) { to = v; }
static inline void put(float v, uint16_t& to) { uint32_t u; __builtin_memcpy(&u, &v, 4); u += 0x7fff + ((u >> 16) & 1); to = uint16_t(u >> 16); }

struct Geometry { int64_t n, c, h, w, oh, ow, k, s, pt, pl; };

template <class T> static void dw_forward(const T* x, const float* w, const float* b, T* y, Geometry g) {
  at::parallel_for(0, g.n * g.oh, 1, [&](int64_t from, int64_t to) {
    std::vector<float> row(g.ow * g.c);
    for (int64_t i = from; i < to; i++) {
      int64_t n = i / g.oh, oy = i % g.oh;
      for (int64_t ox = 0; ox < g.ow; ox++) for (int64_t c = 0; c < g.c; c++) row[ox * g.c + c] = b ? b[c] : 0.f;
      for (int64_t ky = 0; ky < g.k; ky++) {
        int64_t iy = oy * g.s + ky - g.pt; if (iy < 0 || iy >= g.h) continue;
        const T* line = x + (n * g.h + iy) * g.w * g.c;
        for (int64_t ox = 0; ox < g.ow; ox++) for (int64_t kx = 0; kx < g.k; kx++) {
          int64_t ix = ox * g.s + kx - g.pl; if (ix < 0 || ix >= g.w) continue;
          float* __restrict r = &row[ox * g.c]; const T* __restrict p = line + ix * g.c; const float* __restrict q = w + (ky * g.k + kx) * g.c;
          for (int64_t c = 0; c < g.c; c++) r[c] += up(p[c]) * q[c];
        }
      }
      T* out = y + i * g.ow * g.c;
      for (int64_t j = 0; j < g.ow * g.c; j++) put(row[j], out[j]);
    }
  });
}
template <class T> static void dw_input(const T* gy, const float* w, T* gx, Geometry g) {
  at::parallel_for(0, g.n * g.h, 1, [&](int64_t from, int64_t to) {
    std::vector<float> row(g.w * g.c);
    for (int64_t i = from; i < to; i++) {
      int64_t n = i / g.h, iy = i % g.h;
      std::fill(row.begin(), row.end(), 0.f);
      for (int64_t ky = 0; ky < g.k; ky++) {
        int64_t t = iy + g.pt - ky; if (t < 0 || t % g.s || t / g.s >= g.oh) continue;
        const T* line = gy + (n * g.oh + t / g.s) * g.ow * g.c;
        for (int64_t ox = 0; ox < g.ow; ox++) for (int64_t kx = 0; kx < g.k; kx++) {
          int64_t ix = ox * g.s + kx - g.pl; if (ix < 0 || ix >= g.w) continue;
          float* __restrict r = &row[ix * g.c]; const T* __restrict p = line + ox * g.c; const float* __restrict q = w + (ky * g.k + kx) * g.c;
          for (int64_t c = 0; c < g.c; c++) r[c] += up(p[c]) * q[c];
        }
      }
      T* out = gx + i * g.w * g.c;
      for (int64_t j = 0; j < g.w * g.c; j++) put(row[j], out[j]);
    }
  });
}
template <class T> static void dw_weight(const T* x, const T* gy, float* gw, Geometry g) {
  // gw: [taps, c]; threads split the photographs and are added in order
  int64_t threads = at::get_num_threads(), size = g.k * g.k * g.c;
  std::vector<float> all(threads * size, 0.f);
  at::parallel_for(0, threads, 1, [&](int64_t a, int64_t z) {
    for (int64_t t = a; t < z; t++) {
      float* acc = &all[t * size];
      for (int64_t n = g.n * t / threads; n < g.n * (t + 1) / threads; n++)
        for (int64_t oy = 0; oy < g.oh; oy++) for (int64_t ky = 0; ky < g.k; ky++) {
          int64_t iy = oy * g.s + ky - g.pt; if (iy < 0 || iy >= g.h) continue;
          const T* line = x + (n * g.h + iy) * g.w * g.c; const T* gline = gy + (n * g.oh + oy) * g.ow * g.c;
          for (int64_t kx = 0; kx < g.k; kx++) {
            float* __restrict r = acc + (ky * g.k + kx) * g.c;
            for (int64_t ox = 0; ox < g.ow; ox++) {
              int64_t ix = ox * g.s + kx - g.pl; if (ix < 0 || ix >= g.w) continue;
              const T* __restrict p = line + ix * g.c; const T* __restrict q = gline + ox * g.c;
              for (int64_t c = 0; c < g.c; c++) r[c] += up(p[c]) * up(q[c]);
            }
          }
        }
    }
  });
  for (int64_t i = 0; i < size; i++) { float s = 0; for (int64_t t = 0; t < threads; t++) s += all[t * size + i]; gw[i] = s; }
}
static Tensor taps(const Tensor& w) { return w.to(at::kFloat).reshape({w.size(0), -1}).t().contiguous(); }  // [k k, c]
static Geometry geometry(const Tensor& x, const Tensor& w, const int64_t* o, int64_t bottom, int64_t right) {
  Geometry g; g.n = x.size(0); g.c = x.size(1); g.h = x.size(2); g.w = x.size(3); g.k = w.size(2); g.s = o[0]; g.pt = o[2]; g.pl = o[3];
  g.oh = (g.h + g.pt + bottom - g.k) / g.s + 1; g.ow = (g.w + g.pl + right - g.k) / g.s + 1; return g;
}
#define TRY(NAME, ...) try { __VA_ARGS__ } catch (const std::exception& e) { fprintf(stderr, NAME ": %s\n", e.what()); abort(); }
extern "C" {
int cz_depthwise(void* x, void* w, int64_t groups) { return depthwise(*(Tensor*)x, *(Tensor*)w, groups); }
// o: stride, padding before, dilation, padding after
void* cz_conv2d(void* x, void* w, void* b, const int64_t* o, int64_t groups) { TRY("cz_conv2d",
    const Tensor& X = *(Tensor*)x; const Tensor& W = *(Tensor*)w;
    std::optional<Tensor> B; if (b) B = *(Tensor*)b;
    at::IntArrayRef s(o, 2), p(o + 2, 2), d(o + 4, 2);
    if (depthwise(X, W, groups)) {
      Tensor in = mode() == 2 ? lower(X) : cl(X), t = taps(W);
      Geometry g = geometry(in, W, o, o[6], o[7]);
      Tensor y = at::empty({g.n, g.c, g.oh, g.ow}, in.options(), at::MemoryFormat::ChannelsLast);
      const float* bias = B ? B->data_ptr<float>() : nullptr;
      if (mode() == 2) dw_forward((const uint16_t*)in.data_ptr(), t.data_ptr<float>(), bias, (uint16_t*)y.data_ptr(), g);
      else dw_forward(in.data_ptr<float>(), t.data_ptr<float>(), bias, y.data_ptr<float>(), g);
      return new Tensor(y);
    }
    if (pays(W, groups)) {
      if (B) B = B->to(at::kBFloat16);
      Tensor y = at::convolution(lower(X), lower(W), B, s, p, d, false, {0, 0}, groups);
      return new Tensor(mode() == 2 && !decides(W) ? y : y.to(at::kFloat));
    }
    Tensor y = at::convolution(upper(X), cl(W), B, s, p, d, false, {0, 0}, groups);
    return new Tensor(mode() == 2 && groups == 1 && !decides(W) ? lower(y) : y);
) }
void* cz_conv2d_backward(void* x, void* w, void* gy, const int64_t* o, int64_t groups, int which) { TRY("cz_conv2d_backward",
    const Tensor& X = *(Tensor*)x; const Tensor& W = *(Tensor*)w; const Tensor& G = *(Tensor*)gy;
    at::IntArrayRef s(o, 2), p(o + 2, 2), d(o + 4, 2);
    if (depthwise(X, W, groups)) {
      bool h = mode() == 2; Tensor in = h ? lower(X) : cl(X), gr = h ? lower(G) : cl(G);
      Geometry g = geometry(in, W, o, o[6], o[7]);
      if (which == 0) {
        Tensor t = taps(W), out = at::empty({g.n, g.c, g.h, g.w}, in.options(), at::MemoryFormat::ChannelsLast);
        if (h) dw_input((const uint16_t*)gr.data_ptr(), t.data_ptr<float>(), (uint16_t*)out.data_ptr(), g);
        else dw_input(gr.data_ptr<float>(), t.data_ptr<float>(), out.data_ptr<float>(), g);
        return new Tensor(out);
      }
      Tensor out = at::empty({g.k * g.k, g.c}, at::kFloat);
      if (h) dw_weight((const uint16_t*)in.data_ptr(), (const uint16_t*)gr.data_ptr(), out.data_ptr<float>(), g);
      else dw_weight(in.data_ptr<float>(), gr.data_ptr<float>(), out.data_ptr<float>(), g);
      return new Tensor(out.t().contiguous().reshape(W.sizes()));
    }
    std::array<bool, 3> want = {which == 0, which == 1, false};
    if (pays(W, groups)) {
      auto r = at::convolution_backward(lower(G), lower(X), lower(W), at::OptionalIntArrayRef(), s, p, d, false, {0, 0}, groups, want);
      if (which == 0) return new Tensor(X.scalar_type() == at::kBFloat16 ? std::get<0>(r) : std::get<0>(r).to(at::kFloat));
      return new Tensor(std::get<1>(r).to(at::kFloat));
    }
    auto r = at::convolution_backward(upper(G), upper(X), cl(W), at::OptionalIntArrayRef(), s, p, d, false, {0, 0}, groups, want);
    return new Tensor(which == 0 ? std::get<0>(r) : std::get<1>(r));
) }
void* cz_relu_backward(void* y, void* gy) { TRY("cz_relu_backward",
  const Tensor& Y = *(Tensor*)y; return new Tensor(at::threshold_backward(((Tensor*)gy)->to(Y.scalar_type()), Y, 0)); ) }
void* cz_clamp6_backward(void* x, void* gy) { TRY("cz_clamp6_backward",
  const Tensor& X = *(Tensor*)x; return new Tensor(at::hardtanh_backward(((Tensor*)gy)->to(X.scalar_type()), X, 0, 6)); ) }
// over the channels of [n, c, h, w]
void* cz_softmax(void* x, int log) { TRY("cz_softmax",
  Tensor t = cl(((Tensor*)x)->to(at::kFloat)).permute({0, 2, 3, 1});
  return new Tensor((log ? at::log_softmax(t, -1) : at::softmax(t, -1)).permute({0, 3, 1, 2})); ) }
void* cz_softmax_backward(void* y, void* gy, int log) { TRY("cz_softmax_backward",
  Tensor t = cl(*(Tensor*)y).permute({0, 2, 3, 1}), g = cl(((Tensor*)gy)->to(at::kFloat)).permute({0, 2, 3, 1});
  return new Tensor((log ? at::_log_softmax_backward_data(g, t, -1, at::kFloat) : at::_softmax_backward_data(g, t, -1, at::kFloat)).permute({0, 3, 1, 2})); ) }
}
