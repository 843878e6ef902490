#include "tandem/sync/mpsc.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/bench.hpp"

using namespace tandem::bench;

namespace {

namespace mpsc = tandem::sync::mpsc;

/// The queue that most C++ programs have: a mutex, and a condition variable for each end that may
/// have to wait. Without a bound the receiver takes all that is there at once.
class Queue {
public:
    explicit Queue(std::size_t bound) : bound_(bound) {}

    void send(std::uint64_t value) {
        {
            std::unique_lock lock(mutex_);
            not_full_.wait(lock, [this] { return bound_ == 0 || values_.size() < bound_; });
            values_.push_back(value);
        }
        not_empty_.notify_one();
    }

    std::uint64_t receive() {
        if (taken_.empty()) {
            std::unique_lock lock(mutex_);
            not_empty_.wait(lock, [this] { return !values_.empty(); });
            if (bound_ != 0) {
                std::uint64_t const value = values_.front();
                values_.pop_front();
                lock.unlock();
                not_full_.notify_one();
                return value;
            }
            taken_.swap(values_);
        }
        std::uint64_t const value = taken_.front();
        taken_.pop_front();
        return value;
    }

private:
    std::size_t bound_;  // 0: none
    std::mutex mutex_;
    std::condition_variable not_empty_;
    std::condition_variable not_full_;
    std::deque<std::uint64_t> values_;  // under the mutex
    std::deque<std::uint64_t> taken_;   // the receiver's
};

struct Shared {  // both ends of a Queue
    Queue* queue;

    [[gnu::always_inline]] void send(std::uint64_t value) const { queue->send(value); }
    [[gnu::always_inline]] std::uint64_t receive() const { return queue->receive(); }
};

template <class Sender>
struct TandemSender {
    Sender tx;

    [[gnu::always_inline]] void send(std::uint64_t value) const { tx.send(value).unwrap(); }
    [[nodiscard]] TandemSender clone() const { return {tx.clone()}; }
};

struct TandemReceiver {
    mpsc::Receiver<std::uint64_t> rx;

    [[gnu::always_inline]] std::uint64_t receive() const { return rx.recv().unwrap(); }
};

/// `senders` threads send so many numbers together; the calling one receives and adds them up.
template <class Clone, class Receiver>
Sample stream(int senders, Clone clone, Receiver const& receiver) {
    constexpr std::uint64_t messages = 400'000;
    std::uint64_t const each = messages / static_cast<std::uint64_t>(senders);
    std::uint64_t sum = 0;
    Sample sample = once(messages, [&] {
        std::vector<std::thread> threads;
        for (int i = 0; i < senders; ++i) {
            threads.emplace_back([each, sender = clone()] {
                for (std::uint64_t n = 0; n < each; ++n) {
                    sender.send(n);
                }
            });
        }
        for (std::uint64_t n = 0; n < messages; ++n) {
            sum += receiver.receive();
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    });
    sample.check = sum;
    return sample;
}

/// A number goes to another thread and comes back.
template <class There, class Echo, class Back>
Sample round_trip(There const& there, Echo echo, Back const& back) {
    constexpr int rounds = 20'000;
    std::thread answerer([&] { echo(rounds); });
    Sample const sample = once(rounds, [&] {
        for (std::uint64_t n = 0; n < rounds; ++n) {
            there.send(n);
            std::uint64_t answer = back.receive();
            keep(answer);
        }
    });
    answerer.join();
    return sample;
}

template <int senders>
Sample tandem_unbounded() {
    auto [tx, rx] = mpsc::channel<std::uint64_t>();
    TandemSender<mpsc::Sender<std::uint64_t>> const sender{std::move(tx)};
    return stream(senders, [&] { return sender.clone(); }, TandemReceiver{std::move(rx)});
}

Sample tandem_bounded() {
    auto [tx, rx] = mpsc::sync_channel<std::uint64_t>(128);
    TandemSender<mpsc::SyncSender<std::uint64_t>> const sender{std::move(tx)};
    return stream(1, [&] { return sender.clone(); }, TandemReceiver{std::move(rx)});
}

template <int senders, std::size_t bound>
Sample std_queue() {
    Queue queue(bound);
    return stream(senders, [&] { return Shared{&queue}; }, Shared{&queue});
}

Sample tandem_round_trip() {
    auto there = mpsc::channel<std::uint64_t>();
    auto back = mpsc::channel<std::uint64_t>();
    TandemSender<mpsc::Sender<std::uint64_t>> const question{std::move(there.first)};
    return round_trip(
        question,
        [&](int rounds) {
            for (int i = 0; i < rounds; ++i) {
                back.first.send(there.second.recv().unwrap()).unwrap();
            }
        },
        TandemReceiver{std::move(back.second)});
}

Sample std_round_trip() {
    Queue there(0);
    Queue back(0);
    return round_trip(
        Shared{&there},
        [&](int rounds) {
            for (int i = 0; i < rounds; ++i) {
                back.send(there.receive());
            }
        },
        Shared{&back});
}

constexpr std::string_view peer = "mutex + deque";

}  // namespace

int main(int argc, char** argv) {
    return serve(argc, argv,
                 {{.work = "mpsc unbounded, 1 sender",
                   .contenders = {{"tandem", tandem_unbounded<1>}, {peer, std_queue<1, 0>}}},
                  {.work = "mpsc unbounded, 4 senders",
                   .contenders = {{"tandem", tandem_unbounded<4>}, {peer, std_queue<4, 0>}}},
                  {.work = "mpsc bounded (128), 1 sender",
                   .contenders = {{"tandem", tandem_bounded}, {peer, std_queue<1, 128>}}},
                  {.work = "mpsc round trip",
                   .place = Place::pinned,
                   .contenders = {{"tandem", tandem_round_trip}, {peer, std_round_trip}}}});
}
