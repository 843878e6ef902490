// A second source with the whole library in it: a function that a header forgot to make inline
// would now be defined twice.
#include "increment.hpp"

void increment(tandem::sync::Arc<tandem::sync::Mutex<int>> counter) {
    *counter->lock().unwrap() += 1;
}
