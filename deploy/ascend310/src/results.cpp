#include "results.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "json.h"
#include "options.h"
#include "resize.h"

namespace textlines {
namespace fs = std::filesystem;

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the files are little endian, and written as they lie");
static_assert(sizeof(float) == 4, "the files are float32");

namespace {

constexpr int kVersion = 1;

Object times_of(const Times& times) {
  Object object;
  return object.decimal("read", times.read).decimal("resize", times.resize).decimal("predict", times.predict);
}

}  // namespace

Results::Results(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error || !fs::is_directory(folder_)) {
    throw UsageError("--out " + folder_.string() + " cannot be made: " + (error ? error.message() : "it is a file"));
  }
  if (!fs::is_empty(folder_)) {
    throw UsageError("--out " + folder_.string() + " is not empty, and its files would mix with new ones; give a new "
                     "folder, or empty it");
  }
  skips_.open(folder_ / "skipped.jsonl");
  if (!skips_) throw UsageError("--out " + folder_.string() + ": cannot write there");
}

void Results::add(const std::string& image, const std::string& name, Size original, Size input,
                  const Outputs& outputs, const Times& times) {
  const Size placed = fit(original, input);
  Object shapes;
  const std::pair<const char*, const Tensor*> tensors[] = {
      {"scores", &outputs.scores}, {"vertical", &outputs.vertical}, {"side", &outputs.side}};
  for (const auto& [key, tensor] : tensors) {
    put(name + "." + key + ".bin", tensor->values.data(), sizeof(float) * tensor->values.size());
    shapes.list(key, tensor->shape);
  }
  Object about;
  about.number("version", kVersion).text("image", image).text("name", name);
  about.number("width", original.width).number("height", original.height);
  about.number("resized_width", placed.width).number("resized_height", placed.height);
  about.number("input_width", input.width).number("input_height", input.height);
  about.object("shapes", shapes).object("milliseconds", times_of(times));
  const std::string text = about.str() + "\n";
  put(name + ".json", text.data(), text.size());
  ++images_;
  sums_.read += times.read;
  sums_.resize += times.resize;
  sums_.predict += times.predict;
}

void Results::add_input(const std::string& name, const Picture& picture) {
  std::string text = "P6\n" + std::to_string(picture.size.width) + " " + std::to_string(picture.size.height) + "\n255\n";
  text.append(reinterpret_cast<const char*>(picture.pixels.data()), picture.pixels.size());
  put(name + ".input.ppm", text.data(), text.size());
}

void Results::skip(const std::string& image, const std::string& reason, const std::string& detail) {
  Object line;
  skips_ << line.text("image", image).text("reason", reason).text("detail", detail).str() << "\n" << std::flush;
  if (!skips_) throw std::runtime_error("skipped.jsonl cannot be written; is the disk full?");
  ++skipped_;
}

void Results::finish(const Engine& engine, const std::string& model, std::size_t others) {
  Object run;
  run.number("version", kVersion).text("engine", engine.name()).flag("network", engine.is_network());
  run.text("model", fs::path(model).filename().string());
  run.number("images", static_cast<std::int64_t>(images_)).number("skipped", static_cast<std::int64_t>(skipped_));
  run.number("other_files", static_cast<std::int64_t>(others)).object("milliseconds", times_of(sums_));
  const std::string text = run.str() + "\n";
  put("run.json", text.data(), text.size());
}

void Results::put(const std::string& name, const void* data, std::size_t bytes) {
  const fs::path path = folder_ / name;
  const fs::path scratch = folder_ / ("." + name + ".part");
  std::ofstream file(scratch, std::ios::binary);
  file.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  file.close();
  std::error_code error;
  if (file) fs::rename(scratch, path, error);
  if (!file || error) {
    const std::string why = error ? error.message() : std::strerror(errno);
    fs::remove(scratch, error);
    throw std::runtime_error("cannot write " + path.string() + ": " + why);
  }
}

}  // namespace textlines
