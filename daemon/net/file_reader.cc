#include "net/file_reader.hh"

#include <sys/eventfd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace net {

namespace {
// Room in front of each buffer for what the handler left of the one before: an incomplete record is moved, not the
// data behind it.
constexpr std::size_t head = std::size_t{64} * 1024;
constexpr base::Nanos patience = 3 * base::second;  // for a thread stuck in a disk
}  // namespace

// What the thread and the loop share; the last of both frees it.
struct FileReader::Shared {
  explicit Shared(FileSource s) : source(std::move(s)), stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  void work();
  bool take_spare(base::Buffer& out);
  bool put(base::Buffer&& buffer, bool last, std::string problem);
  enum class Next : std::uint8_t { none, data, end };
  Next take(base::Buffer& out);
  void give_back(base::Buffer&& buffer);
  void let_go();

  FileSource source;  // the thread's
  Fd stop;
  std::mutex lock;  // for all below
  std::condition_variable room;
  std::deque<base::Buffer> ready;
  std::vector<base::Buffer> spare;
  std::size_t in_flight = 0;
  bool stopping = false, ended = false;
  bool cut = false;   // see Handler::on_error
  bool rung = false;  // the owner knows that there is something to take
  std::string error;
  FileReader* owner = nullptr;
};

void FileReader::Shared::work() {
  base::Buffer buffer;
  bool more = true;
  while (more && take_spare(buffer)) {
    buffer.clear();
    buffer.reserve(head + buffer_size);
    buffer.commit(head);
    const auto got = source.fill(buffer, buffer_size, stop.get());
    const bool last = !got || *got != FileSource::Got::data;
    more = put(std::move(buffer), last, got ? std::string() : got.error().text);
  }
}

bool FileReader::Shared::take_spare(base::Buffer& out) {
  std::unique_lock hold(lock);
  room.wait(hold, [this] { return stopping || in_flight < buffers; });
  if (stopping) return false;
  ++in_flight;
  if (!spare.empty()) {
    out = std::move(spare.back());
    spare.pop_back();
  }
  return true;
}

bool FileReader::Shared::put(base::Buffer&& buffer, bool last, std::string problem) {
  const std::scoped_lock hold(lock);
  if (stopping) return false;
  if (buffer.size() > head) ready.push_back(std::move(buffer));
  ended = last;
  cut = source.cut();
  error = std::move(problem);
  if (!std::exchange(rung, true)) owner->box_.post_always([o = owner] { o->deliver(); });
  return !last;
}

FileReader::Shared::Next FileReader::Shared::take(base::Buffer& out) {
  const std::scoped_lock hold(lock);
  if (!ready.empty()) {
    out = std::move(ready.front());
    ready.pop_front();
    return Next::data;
  }
  rung = false;
  return ended ? Next::end : Next::none;
}

void FileReader::Shared::give_back(base::Buffer&& buffer) {
  const std::scoped_lock hold(lock);
  spare.push_back(std::move(buffer));
  --in_flight;
  room.notify_one();
}

void FileReader::Shared::let_go() {
  {
    const std::scoped_lock hold(lock);
    stopping = true;
    owner = nullptr;
    room.notify_one();
  }
  ::eventfd_write(stop.get(), 1);
}

base::Result<std::unique_ptr<FileReader>> FileReader::open(Loop& loop, const std::string& path, Options options,
                                                           Handler& handler) {
  if (is_url(path)) return fetch(loop, path, options, handler);
  return start(loop, FileSource::open(path, options.codec), options, handler);
}

base::Result<std::unique_ptr<FileReader>> FileReader::duplicate(Loop& loop, int fd, std::string name, Options options,
                                                                Handler& handler) {
  return start(loop, FileSource::duplicate(fd, std::move(name), options.codec), options, handler);
}

base::Result<std::unique_ptr<FileReader>> FileReader::fetch(Loop& loop, const std::string& url, Options options,
                                                            Handler& handler) {
  auto http = HttpPipe::open(loop, url, options.http);
  if (!http) return std::unexpected(std::move(http.error()));
  const Fd end = (*http)->take_reader();
  auto reader = duplicate(loop, end.get(), public_url(url), options, handler);
  if (reader) (*reader)->http_ = std::move(*http);
  return reader;
}

base::Result<std::unique_ptr<FileReader>> FileReader::start(Loop& loop, base::Result<FileSource> source,
                                                            Options options, Handler& handler) {
  if (!source) return std::unexpected(std::move(source.error()));
  auto shared = std::make_shared<Shared>(std::move(*source));
  if (!shared->stop) return base::fail("too many open files");
  std::unique_ptr<FileReader> reader(new FileReader(loop, shared, options, handler));
  if (auto ok = reader->thread_.start("file reader", [shared] { shared->work(); }); !ok)
    return std::unexpected(std::move(ok.error()));
  return reader;
}

FileReader::FileReader(Loop& loop, std::shared_ptr<Shared> shared, Options options, Handler& handler)
    : shared_(std::move(shared)), options_(options), handler_(handler), box_(loop, 1), again_(loop, [this] {
        deliver();
      }) {
  shared_->owner = this;
}

FileReader::~FileReader() {
  if (gone_ != nullptr) *gone_ = true;
  shared_->let_go();
  thread_.join(patience);
}

void FileReader::pause() { paused_ = true; }

void FileReader::resume() {
  if (!std::exchange(paused_, false) || over_) return;
  offer_rest_ = !rest_.empty();
  again_.schedule();
}

// Gives at most all buffers once, so that a fast file does not starve the loop.
void FileReader::deliver() {
  bool gone = false;
  gone_ = &gone;
  if (!paused_ && std::exchange(offer_rest_, false)) offer_rest();
  for (std::size_t i = 0; !gone && !over_ && !paused_; ++i) {
    if (i == buffers) {
      again_.schedule();
      break;
    }
    base::Buffer buffer;
    const auto next = shared_->take(buffer);
    if (next == Shared::Next::none) break;
    if (next == Shared::Next::data)
      offer(buffer);
    else
      finish(shared_->error, shared_->cut);
    if (!gone && next == Shared::Next::data) shared_->give_back(std::move(buffer));
  }
  if (!gone) gone_ = nullptr;
}

void FileReader::offer(base::Buffer& buffer) {
  const bool* const gone = gone_;
  base::Bytes data = buffer.view().subspan(head);
  const bool joined = rest_.size() > head;
  if (joined) {
    rest_.append(data);
    data = rest_;
  } else if (!rest_.empty()) {
    std::memcpy(buffer.data() + head - rest_.size(), rest_.data(), rest_.size());
    data = buffer.view().subspan(head - rest_.size());
    rest_.clear();
  }
  const std::size_t used = std::min(handler_.on_data(data), data.size());
  if (*gone) return;
  offset_ += used;
  if (joined)
    rest_.consume(used);
  else
    rest_.append(data.subspan(used));
  check_rest();
}

void FileReader::offer_rest() {
  const bool* const gone = gone_;
  const std::size_t used = std::min(handler_.on_data(rest_), rest_.size());
  if (*gone) return;
  offset_ += used;
  rest_.consume(used);
  check_rest();
}

void FileReader::check_rest() {
  if (paused_ || rest_.size() <= options_.max_record) return;
  finish("the record at byte " + std::to_string(offset_) + " is longer than " + std::to_string(options_.max_record) +
         " bytes");
}

// The last thing a caller does here: the handler may destroy the reader, and what `error` is part of.
void FileReader::finish(const std::string& error, bool cut) {
  // A fetch that failed looks like a truncated file.
  const bool fetched = !http_ || http_->error().empty();
  const std::string text = fetched ? error : http_->error();
  over_ = true;
  shared_->let_go();
  box_.close();
  if (text.empty())
    handler_.on_eof(rest_);
  else
    handler_.on_error(text, rest_, cut && fetched);
}

}  // namespace net
