// PPM (P6): RGB as it is, behind a header of three numbers. Pillow, ImageMagick and OpenCV write it.
#include <algorithm>
#include <cctype>

#include "reading.h"

namespace textlines {
namespace {

using Bytes = std::vector<std::uint8_t>;

[[noreturn]] void refuse(const std::string& detail) { throw PictureError("image_unreadable", detail); }

bool is_space(std::uint8_t byte) { return std::isspace(byte) != 0; }

// The number that begins at `at` behind blanks and comments; `at` goes behind it.
std::int64_t number(const Bytes& bytes, std::size_t& at) {
  while (at < bytes.size() && (is_space(bytes[at]) || bytes[at] == '#')) {
    if (bytes[at] == '#') {
      while (at < bytes.size() && bytes[at] != '\n') ++at;
    } else {
      ++at;
    }
  }
  std::int64_t value = 0;
  const std::size_t begin = at;
  for (; at < bytes.size() && std::isdigit(bytes[at]) != 0; ++at) {
    value = 10 * value + (bytes[at] - '0');
    if (value > 10 * kMaxPixels) refuse("a number of the PPM's header is too large");
  }
  if (at == begin) refuse("the PPM's header is damaged");
  return value;
}

}  // namespace

bool is_ppm(const Bytes& bytes) {
  return bytes.size() > 2 && bytes[0] == 'P' && bytes[1] == '6' && (is_space(bytes[2]) || bytes[2] == '#');
}

Picture decode_ppm(const Bytes& bytes) {
  std::size_t at = 2;
  const std::int64_t width = number(bytes, at);
  const std::int64_t height = number(bytes, at);
  const std::int64_t largest = number(bytes, at);
  require_size(width, height);
  if (largest != 255) refuse("the PPM's largest value is " + std::to_string(largest) + ", not 255");
  if (at >= bytes.size() || !is_space(bytes[at])) refuse("the PPM's header is damaged");
  ++at;
  Picture picture = blank({static_cast<int>(width), static_cast<int>(height)});
  const std::size_t wanted = picture.pixels.size();
  if (bytes.size() - at < wanted) {
    throw PictureError("image_truncated", "the PPM has " + std::to_string(bytes.size() - at) +
                                              " bytes of pixels, not " + std::to_string(wanted));
  }
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), wanted, picture.pixels.begin());
  return picture;
}

}  // namespace textlines
