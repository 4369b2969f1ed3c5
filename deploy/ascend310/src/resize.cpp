#include "resize.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace textlines {
namespace {

constexpr std::array<std::uint8_t, kColours> kFill = {124, 116, 104};

// The pixels of one axis that a new pixel is made of: from `first` on, one weight each.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

int shrunk(int side, double scale, int limit) {
  const double rounded = std::nearbyint(side * scale);
  return std::min(std::max(static_cast<int>(rounded), 1), limit);
}

Taps area_taps(int pixel, double step, int length) {
  const double begin = pixel * step;
  const double end = std::min(begin + step, static_cast<double>(length));
  Taps taps;
  taps.first = std::min(static_cast<int>(begin), length - 1);
  for (int at = taps.first; at < length && at < end; ++at) {
    const double covered = std::min(at + 1.0, end) - std::max(static_cast<double>(at), begin);
    taps.weights.push_back(static_cast<float>(covered / (end - begin)));
  }
  return taps;
}

Taps linear_taps(int pixel, double step, int length) {
  const double centre = std::min(std::max((pixel + 0.5) * step - 0.5, 0.0), length - 1.0);
  Taps taps;
  taps.first = static_cast<int>(centre);
  const float share = static_cast<float>(centre - taps.first);
  taps.weights.push_back(1 - share);
  if (taps.first + 1 < length) taps.weights.push_back(share);
  return taps;
}

std::vector<Taps> taps_of(int length, int resized, bool area) {
  const double step = static_cast<double>(length) / resized;
  std::vector<Taps> all;
  for (int pixel = 0; pixel < resized; ++pixel) {
    all.push_back(area ? area_taps(pixel, step, length) : linear_taps(pixel, step, length));
  }
  return all;
}

// Rows of the picture, resampled along x; the last two stay, for neighbours share them.
class Rows {
 public:
  Rows(const Picture& picture, std::vector<Taps> columns) : picture_(picture), columns_(std::move(columns)) {}

  const std::vector<float>& at(int y) {
    Slot& slot = slots_[static_cast<std::size_t>(y % 2)];
    if (slot.y != y) fill(slot, y);
    return slot.values;
  }

 private:
  struct Slot {
    int y = -1;
    std::vector<float> values;
  };

  void fill(Slot& slot, int y) {
    slot.y = y;
    slot.values.assign(kColours * columns_.size(), 0.0F);
    const std::uint8_t* row = picture_.row(y);
    float* to = slot.values.data();
    for (const Taps& taps : columns_) {
      const std::uint8_t* from = row + kColours * static_cast<std::size_t>(taps.first);
      for (const float weight : taps.weights) {
        for (std::size_t c = 0; c < kColours; ++c) to[c] += weight * static_cast<float>(*from++);
      }
      to += kColours;
    }
  }

  const Picture& picture_;
  std::vector<Taps> columns_;
  std::array<Slot, 2> slots_;
};

Picture filled(Size size) {
  Picture picture = blank(size);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = kFill[i % kColours];
  return picture;
}

}  // namespace

Size fit(Size picture, Size input) {
  const double scale = std::min(static_cast<double>(input.width) / picture.width,
                                static_cast<double>(input.height) / picture.height);
  return {shrunk(picture.width, scale, input.width), shrunk(picture.height, scale, input.height)};
}

Picture resize(const Picture& picture, Size input) {
  const Size placed = fit(picture.size, input);
  const bool area = placed.width < picture.size.width && placed.height < picture.size.height;
  Rows rows(picture, taps_of(picture.size.width, placed.width, area));
  const std::vector<Taps> vertical = taps_of(picture.size.height, placed.height, area);
  Picture result = filled(input);
  std::vector<float> sums;
  for (int y = 0; y < placed.height; ++y) {
    const Taps& taps = vertical[static_cast<std::size_t>(y)];
    sums.assign(kColours * static_cast<std::size_t>(placed.width), 0.0F);
    for (std::size_t tap = 0; tap < taps.weights.size(); ++tap) {
      const std::vector<float>& row = rows.at(taps.first + static_cast<int>(tap));
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += taps.weights[tap] * row[i];
    }
    std::transform(sums.begin(), sums.end(), result.row(y), [](float sum) {
      return static_cast<std::uint8_t>(std::min(std::max(std::nearbyintf(sum), 0.0F), 255.0F));
    });
  }
  return result;
}

}  // namespace textlines
