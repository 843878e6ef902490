// error: this argument is not Send.*tandem::is_send<T> = true
// Rust: error[E0277]: `Account` cannot be sent between threads safely
#include "tandem/thread/spawn.hpp"

class Account {
public:
    explicit Account(int balance) : balance_(balance) {}
    int balance() const { return balance_; }

private:
    int balance_;
};

#ifdef CORRECTED
template <>
inline constexpr bool tandem::is_send<Account> = true;
#endif

int main() {
    auto const read = [](Account const& mine) { return mine.balance(); };
    tandem::thread::spawn(read, Account(100)).join().unwrap();
}
