#include "app.h"

#include <chrono>
#include <iomanip>
#include <ostream>

#include "engine.h"
#include "inputs.h"
#include "json.h"
#include "options.h"
#include "reading.h"
#include "resize.h"
#include "results.h"

namespace textlines {
namespace {

constexpr int kSkipped = 1;
constexpr int kFailed = 2;

// Milliseconds since the last time it was asked.
class Watch {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double passed = std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
    return passed;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

void look(Engine& engine, const std::filesystem::path& path, Names& names, bool save_input, Results& results) {
  Times times;
  Watch watch;
  const Picture picture = read_picture(path);
  times.read = watch.lap();
  const std::string name = names.take(path);  // after reading: what cannot be read takes no name
  const Picture input = resize(picture, engine.input());
  times.resize = watch.lap();
  const Outputs outputs = engine.predict(input);
  times.predict = watch.lap();
  if (save_input) results.add_input(name, input);
  results.add(path.string(), name, picture.size, engine.input(), outputs, times);
}

void summarise(const Results& results, const Inputs& inputs, const Options& options, std::ostream& out) {
  out << results.images() << " pictures, " << results.skipped() << " skipped";
  if (inputs.others > 0) out << ", " << inputs.others << " other files and folders";
  out << ": " << printable(options.out) << "\n";
  if (results.images() == 0) return;
  const double count = static_cast<double>(results.images());
  const Times& sums = results.sums();
  out << std::fixed << std::setprecision(1) << "milliseconds a picture: read " << sums.read / count << ", resize "
      << sums.resize / count << ", predict " << sums.predict / count << "\n";
}

int work(const Options& options, std::ostream& out, std::ostream& err) {
  const Inputs inputs = find_inputs(options.inputs, options.list);
  if (inputs.files.empty()) throw UsageError("no picture to look at; the folders hold none");
  const std::unique_ptr<Engine> engine = load_engine(options.model, options.device);
  Results results(options.out);
  Names names({"run"});
  for (const std::filesystem::path& path : inputs.files) {
    try {
      look(*engine, path, names, options.save_inputs, results);
    } catch (const PictureError& error) {
      err << "skipped " << printable(path.string()) << ": " << error.what() << "\n";
      results.skip(path.string(), error.reason, error.what());
    }
  }
  results.finish(*engine, options.model, inputs.others);
  if (!engine->is_network()) err << "note: these outputs come from no network (" << engine->name() << ")\n";
  summarise(results, inputs, options, out);
  return results.skipped() > 0 ? kSkipped : 0;
}

}  // namespace

int run(const std::string& program, const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  try {
    const Options options = parse(arguments);
    if (!options.help) return work(options, out, err);
    out << help_text(program);
    return 0;
  } catch (const std::exception& error) {
    err << "error: " << error.what() << "\n";
    return kFailed;
  }
}

}  // namespace textlines
