// The program: pictures in, raw outputs out.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace textlines {

// Returns the exit status. `out` is told the summary, `err` what was skipped and what went wrong.
int run(const std::string& program, const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err);

}  // namespace textlines
