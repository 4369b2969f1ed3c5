// From a file to its pixels.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "picture.h"

namespace textlines {

// A file that is no picture that can be used; reason: a word of the project's quarantine vocabulary.
class PictureError : public std::runtime_error {
 public:
  PictureError(std::string why, const std::string& detail) : std::runtime_error(detail), reason(std::move(why)) {}
  std::string reason;
};

// The picture in a file, EXIF's rotation applied, transparent parts over white. Raises PictureError.
Picture read_picture(const std::filesystem::path& path);

// Endings in lower case of the files of a folder that are pictures.
std::vector<std::string> picture_endings();

// Bytes of a file. Raises PictureError.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path);

// Of each kind of file: whether bytes are of it, and the picture in them.
bool is_ppm(const std::vector<std::uint8_t>& bytes);
Picture decode_ppm(const std::vector<std::uint8_t>& bytes);
Picture decode_opencv(const std::vector<std::uint8_t>& bytes);

// Raises PictureError for a picture without pixels, or with more than kMaxPixels.
void require_size(std::int64_t width, std::int64_t height);

}  // namespace textlines
