// Pictures of all formats that OpenCV reads. Never built where the project's own tests run.
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "reading.h"

namespace textlines {
namespace {

[[noreturn]] void refuse(const std::string& detail) { throw PictureError("image_unreadable", detail); }

cv::Mat decode(const std::vector<std::uint8_t>& bytes, int flags) {
  try {
    return cv::imdecode(bytes, flags);
  } catch (const cv::Exception& error) {
    refuse(error.what());
  }
}

// BGRA, not premultiplied, laid over white: as the project reads transparent pictures.
cv::Mat over_white(const cv::Mat& bgra) {
  cv::Mat result(bgra.size(), CV_8UC3);
  for (int y = 0; y < bgra.rows; ++y) {
    const cv::Vec4b* from = bgra.ptr<cv::Vec4b>(y);
    cv::Vec3b* to = result.ptr<cv::Vec3b>(y);
    for (int x = 0; x < bgra.cols; ++x) {
      const int alpha = from[x][3];
      for (int c = 0; c < 3; ++c) {
        to[x][c] = static_cast<std::uint8_t>((from[x][c] * alpha + 255 * (255 - alpha) + 127) / 255);
      }
    }
  }
  return result;
}

}  // namespace

Picture decode_opencv(const std::vector<std::uint8_t>& bytes) {
  const bool jpeg = bytes.size() > 2 && bytes[0] == 0xFF && bytes[1] == 0xD8;
  cv::Mat bgr;
  if (!jpeg) {
    // UNCHANGED keeps transparency and does not turn as EXIF says, COLOR the other way round.
    const cv::Mat whole = decode(bytes, cv::IMREAD_UNCHANGED);
    if (whole.type() == CV_8UC4) bgr = over_white(whole);
  }
  if (bgr.empty()) bgr = decode(bytes, cv::IMREAD_COLOR);
  if (bgr.empty()) refuse("no picture that OpenCV can decode");
  require_size(bgr.cols, bgr.rows);
  Picture picture = blank({bgr.cols, bgr.rows});
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, picture.pixels.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return picture;
}

}  // namespace textlines
