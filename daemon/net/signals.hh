// UNIX signals as calls on a loop.
#pragma once

#include <functional>
#include <initializer_list>
#include <vector>

#include "net/loop.hh"

namespace net {

class Signals {
 public:
  // The call gets the signal's number; several of one kind may come as one.
  Signals(Loop& loop, std::initializer_list<int> signals, std::function<void(int)> call);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  std::function<void(int)> call_;
  std::vector<Handle<uv_signal_s>> handles_;
};

}  // namespace net
