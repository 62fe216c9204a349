#include "net/file_writer.hh"

#include <sys/eventfd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.hh"

namespace net {

namespace {
constexpr std::size_t most_spares = 8;
constexpr std::size_t largest_spare = std::size_t{1} * 1024 * 1024;
constexpr base::Nanos patience = base::second / 4;  // to give up once it was told to
using Time = std::chrono::steady_clock;

struct Piece {
  base::Buffer data;
  std::uint64_t records = 0;
};
}  // namespace

// What the thread and the loop share; the last of both frees it.
struct FileWriter::Shared {
  Shared(FileSink s, base::Nanos every)
      : sink(std::move(s)), flush_every(every), stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    sink.set_stop(stop.get());
  }
  void work();
  bool next(std::deque<Piece>& batch);
  void write(std::deque<Piece>& batch);
  void written(base::Buffer&& buffer);
  void flush_when_due();
  void note(base::Result<> result);
  void ring();

  FileSink sink;  // the thread's, as the next two
  const std::chrono::nanoseconds flush_every;
  std::optional<Time::time_point> flush_at;
  Fd stop;
  std::mutex lock;  // for all below
  std::condition_variable changed;
  std::deque<Piece> queue;
  std::vector<base::Buffer> spares;
  std::size_t waiting = 0;  // bytes in the queue and in the thread's hands
  Amount kept;
  bool closing = false, abandoned = false;
  bool rung = false;         // the owner has been told to look
  bool untold = false;       // an error that the owner has not seen
  std::string error;         // the first one
  bool reader_gone = false;  // it is that nobody reads
  std::optional<base::Result<WrittenFile>> result;
  FileWriter* owner = nullptr;
};

void FileWriter::Shared::work() {
  if (const std::string left = sink.prepare(); !left.empty())
    base::log::warn("", "an earlier run did not finish " + sink.name() + "; what it left is kept as " + left);
  std::deque<Piece> batch;
  while (next(batch)) {
    write(batch);
    flush_when_due();
  }
  auto closed = sink.close();
  const std::scoped_lock hold(lock);
  reader_gone |= sink.reader_gone();
  result = std::move(closed);
  ring();
}

// Waits for buffers, for the time to flush, or for the end (false).
bool FileWriter::Shared::next(std::deque<Piece>& batch) {
  std::unique_lock hold(lock);
  const auto due = [this] { return !queue.empty() || closing; };
  if (flush_at)
    changed.wait_until(hold, *flush_at, due);
  else
    changed.wait(hold, due);
  batch.swap(queue);
  return !abandoned && (!closing || !batch.empty());
}

void FileWriter::Shared::write(std::deque<Piece>& batch) {
  for (; !batch.empty(); batch.pop_front()) {
    note(sink.write(batch.front().data, batch.front().records));
    written(std::move(batch.front().data));
  }
}

void FileWriter::Shared::written(base::Buffer&& buffer) {
  const std::scoped_lock hold(lock);
  const bool was_high = waiting >= low_mark;
  waiting -= buffer.size();
  kept = sink.kept();
  if (was_high && waiting < low_mark) ring();
  buffer.clear();
  if (spares.size() < most_spares && buffer.capacity() <= largest_spare) spares.push_back(std::move(buffer));
}

void FileWriter::Shared::flush_when_due() {
  if (!sink.unflushed()) {
    flush_at.reset();
  } else if (!sink.packed() || (flush_at && Time::now() >= *flush_at)) {
    note(sink.flush());
    flush_at.reset();
    const std::scoped_lock hold(lock);
    kept = sink.kept();
  } else if (!flush_at) {
    flush_at = Time::now() + flush_every;
  }
}

void FileWriter::Shared::note(base::Result<> result_of_call) {
  if (result_of_call) return;
  const std::scoped_lock hold(lock);
  if (!error.empty()) return;
  error = std::move(result_of_call.error().text);
  reader_gone = sink.reader_gone();
  untold = true;
  ring();
}

// With the lock held.
void FileWriter::Shared::ring() {
  if (owner != nullptr && !std::exchange(rung, true)) owner->box_.post_always([o = owner] { o->deliver(); });
}

base::Result<std::unique_ptr<FileWriter>> FileWriter::open(Loop& loop, const std::string& path, FileOptions options,
                                                           Handler& handler) {
  return start(loop, FileSink::open(path, options), options, handler);
}

base::Result<std::unique_ptr<FileWriter>> FileWriter::duplicate(Loop& loop, int fd, std::string name,
                                                                FileOptions options, Handler& handler) {
  return start(loop, FileSink::duplicate(fd, std::move(name), options.codec.value_or(Codec::none)), options, handler);
}

base::Result<std::unique_ptr<FileWriter>> FileWriter::start(Loop& loop, base::Result<FileSink> sink,
                                                            FileOptions options, Handler& handler) {
  if (!sink) return std::unexpected(std::move(sink.error()));
  auto shared = std::make_shared<Shared>(std::move(*sink), options.flush_every);
  if (!shared->stop) return base::fail("too many open files");
  std::unique_ptr<FileWriter> writer(new FileWriter(loop, shared, options, handler));
  if (auto ok = writer->thread_.start("file writer", [shared] { shared->work(); }); !ok)
    return std::unexpected(std::move(ok.error()));
  return writer;
}

FileWriter::FileWriter(Loop& loop, std::shared_ptr<Shared> shared, FileOptions options, Handler& handler)
    : shared_(std::move(shared)), drain_bound_(options.drain_bound), handler_(handler), box_(loop, 1) {
  shared_->owner = this;
}

FileWriter::~FileWriter() {
  {
    const std::scoped_lock hold(shared_->lock);
    shared_->owner = nullptr;
    shared_->closing = true;
    shared_->changed.notify_one();
  }
  if (!thread_.wait(drain_bound_)) {
    const std::scoped_lock hold(shared_->lock);
    shared_->abandoned = true;
    ::eventfd_write(shared_->stop.get(), 1);
  }
  thread_.join(patience);
}

void FileWriter::write(base::Buffer&& data, std::uint64_t records) {
  if (closing_ || data.empty()) return;
  taken_ += data.size();
  const std::scoped_lock hold(shared_->lock);
  shared_->waiting += data.size();
  full_ |= shared_->waiting >= high_mark;
  shared_->queue.push_back({std::move(data), records});
  shared_->changed.notify_one();
}

base::Buffer FileWriter::spare() {
  const std::scoped_lock hold(shared_->lock);
  if (shared_->spares.empty()) return {};
  base::Buffer buffer = std::move(shared_->spares.back());
  shared_->spares.pop_back();
  return buffer;
}

std::size_t FileWriter::pending() const {
  const std::scoped_lock hold(shared_->lock);
  return shared_->waiting;
}

Amount FileWriter::kept() const {
  const std::scoped_lock hold(shared_->lock);
  return shared_->kept;
}

bool FileWriter::reader_gone() const {
  const std::scoped_lock hold(shared_->lock);
  return shared_->reader_gone;
}

void FileWriter::close(std::move_only_function<void(base::Result<WrittenFile>)> done) {
  if (std::exchange(closing_, true)) return;
  done_ = std::move(done);
  const std::scoped_lock hold(shared_->lock);
  shared_->closing = true;
  shared_->changed.notify_one();
}

// One call of the handler at most, and the last thing done here: it may destroy the writer.
void FileWriter::deliver() {
  std::unique_lock hold(shared_->lock);
  shared_->rung = false;
  std::optional<base::Result<WrittenFile>> result;
  if (closing_) result.swap(shared_->result);
  if (result) {
    hold.unlock();
    box_.close();
    if (auto done = std::move(done_)) done(std::move(*result));
    return;
  }
  const bool error = std::exchange(shared_->untold, false);
  const bool room = full_ && shared_->waiting < low_mark;
  const std::string text = error ? shared_->error : std::string();
  if (error && room) shared_->ring();
  hold.unlock();
  if (closing_) return;
  if (error) return handler_.on_error(text);
  if (!room) return;
  full_ = false;
  handler_.on_writable();
}

}  // namespace net
