#include "options.h"

#include <charconv>

#include "engine.h"

namespace textlines {
namespace {

constexpr int kLastDevice = 1023;

int device_of(const std::string& text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < -1 || value > kLastDevice) {
    throw UsageError("--device " + text + ": give the number of a device, from 0, or -1 for the CPU");
  }
  return value;
}

void require(const Options& options) {
  if (options.model.empty()) throw UsageError("--model FILE is missing");
  if (options.out.empty()) throw UsageError("--out DIR is missing");
  if (options.inputs.empty() && options.list.empty()) {
    throw UsageError("no pictures: name files or folders, or give --list FILE");
  }
}

}  // namespace

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  bool only_inputs = false;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string& argument = arguments[at];
    const auto value = [&]() -> const std::string& {
      if (at + 1 == arguments.size()) throw UsageError(argument + " wants a value");
      return arguments[++at];
    };
    if (only_inputs || argument.rfind("-", 0) != 0) {
      options.inputs.push_back(argument);
    } else if (argument == "--") {
      only_inputs = true;
    } else if (argument == "-h" || argument == "--help") {
      options.help = true;
      return options;
    } else if (argument == "--model") {
      options.model = value();
    } else if (argument == "--out") {
      options.out = value();
    } else if (argument == "--list") {
      options.list = value();
    } else if (argument == "--device") {
      options.device = device_of(value());
    } else if (argument == "--save-inputs") {
      options.save_inputs = true;
    } else {
      throw UsageError("there is no option " + argument + "; see --help");
    }
  }
  require(options);
  return options;
}

std::string help_text(const std::string& program) {
  return "usage: " + program + R"( --model FILE --out DIR [options] PICTURE|FOLDER ...

Run the text detector over pictures and write its raw outputs, which
`python -m model postprocess DIR --checkpoint C` turns into text lines.

  --model FILE    the network; see below
  --out DIR       a new or empty folder for the results
  --list FILE     more pictures: a path a line
  --device N      number of the device (default: 0); -1 is the CPU, where the engine can
  --save-inputs   write what the network gets, too: NAME.input.ppm
  --help          this text

Of each picture DIR holds NAME.scores.bin, NAME.vertical.bin and NAME.side.bin (float32, little endian) and,
written last, NAME.json (sizes, shapes, milliseconds). What could not be read stands in skipped.jsonl;
run.json, the last of all, has the counts. Of folders hidden files are left out, and none is entered deeper.

exit status: 0 all pictures were looked at, 1 some were skipped, 2 an error or nothing to look at

)" + engine_help() + "\n";
}

}  // namespace textlines
