#pragma once
// What Glibc's own Swift module leaves out.
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>

// Glibc shows POLLRDHUP only where _GNU_SOURCE is defined.
enum { COINLINE_POLLRDHUP = 0x2000 };

// epoll without its union of pointers: a descriptor is known by a number.

// Tells of each change once. 0, or -1 with errno.
static inline int coinline_epoll_add(int epoll, int fd, uint64_t number) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = number}};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static inline int coinline_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, 0); }

struct coinline_change {
  uint64_t number;
  _Bool is_readable; // or the other side has ended its sending, or is gone: what it sent last is still to be read
  _Bool is_writable; // or the other side is gone, which a write tells
  _Bool is_broken;   // by a reset or an error
};

// What has changed, at most `count_max` (and 64) of it; never waits. The number of changes, or -1 with errno.
static inline int coinline_epoll_take(int epoll, struct coinline_change *changes, int count_max) {
  struct epoll_event events[64];
  int count = epoll_wait(epoll, events, count_max < 64 ? count_max : 64, 0);
  for (int i = 0; i < count; i++) {
    uint32_t bits = events[i].events;
    changes[i].number = events[i].data.u64;
    changes[i].is_readable = (bits & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0;
    changes[i].is_writable = (bits & (EPOLLOUT | EPOLLHUP)) != 0;
    changes[i].is_broken = (bits & EPOLLERR) != 0;
  }
  return count;
}
