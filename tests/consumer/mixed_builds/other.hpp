#pragma once

#include <tandem/tandem.hpp>

int of_mutex(tandem::sync::Mutex<int> const& mutex);
int of_task(tandem::async::Task<int>& task);
int other_alone();

static tandem::async::Task<int> twice(int n) {
    co_await tandem::async::yield_now();
    co_return 2 * n;
}
