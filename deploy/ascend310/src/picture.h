// Pictures as the program holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace textlines {

constexpr std::size_t kColours = 3;
// As the project's own limit: a picture of more is refused, whatever its file's size.
constexpr std::int64_t kMaxPixels = 40'000'000;

struct Size {
  int width = 0;
  int height = 0;
};

// RGB, 8 bits a colour, rows from the top, pixels from the left.
struct Picture {
  Size size;
  std::vector<std::uint8_t> pixels;

  const std::uint8_t* row(int y) const {
    return pixels.data() + kColours * static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width);
  }
  std::uint8_t* row(int y) { return const_cast<std::uint8_t*>(static_cast<const Picture&>(*this).row(y)); }
};

inline Picture blank(Size size) {
  return {size, std::vector<std::uint8_t>(kColours * static_cast<std::size_t>(size.width) *
                                          static_cast<std::size_t>(size.height))};
}

}  // namespace textlines
