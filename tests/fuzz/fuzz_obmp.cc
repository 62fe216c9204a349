#include "bmp_stream.hh"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return check_stream(format::Kind::obmp, data, size);
}
