#include "reading.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace textlines {
namespace fs = std::filesystem;

namespace {
constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 28;
constexpr char kUnreadable[] = "image_unreadable";
}  // namespace

std::vector<std::uint8_t> read_bytes(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw PictureError("image_missing", "no such file");
  if (!fs::is_regular_file(status)) throw PictureError(kUnreadable, "no regular file");
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw PictureError(kUnreadable, error.message());
  if (size == 0) throw PictureError(kUnreadable, "the file is empty");
  if (size > kMaxBytes) {
    throw PictureError("image_too_large", "the file has " + std::to_string(size) + " bytes, more than " +
                                              std::to_string(kMaxBytes));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw PictureError(kUnreadable, std::strerror(errno));
  std::vector<std::uint8_t> bytes(size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (file.gcount() != static_cast<std::streamsize>(size)) {
    throw PictureError(kUnreadable, "the file could not be read to its end");
  }
  return bytes;
}

void require_size(std::int64_t width, std::int64_t height) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  if (width < 1 || height < 1) throw PictureError(kUnreadable, "it is " + size + " and has no pixels");
  if (width > kMaxPixels || height > kMaxPixels || width * height > kMaxPixels) {
    throw PictureError("image_too_large", size + " is more than " + std::to_string(kMaxPixels) + " pixels");
  }
}

Picture read_picture(const fs::path& path) {
  const std::vector<std::uint8_t> bytes = read_bytes(path);
  if (is_ppm(bytes)) return decode_ppm(bytes);
#ifdef TEXTLINES_OPENCV
  return decode_opencv(bytes);
#else
  throw PictureError(kUnreadable, "no PPM, and this program was built without OpenCV");
#endif
}

std::vector<std::string> picture_endings() {
#ifdef TEXTLINES_OPENCV
  return {".ppm", ".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"};
#else
  return {".ppm"};
#endif
}

}  // namespace textlines
