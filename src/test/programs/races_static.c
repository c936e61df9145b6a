// Five bugs of threads, each with a window of a few instructions: named by the argument, one runs
// and the program ends with 1 if it shows. Without an argument nothing is raced for.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int failed;
static pthread_barrier_t start;

static void shows(const char* what) {
  if (!atomic_exchange(&failed, 1)) puts(what);
}

static struct timespec in_milliseconds(long milliseconds) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_nsec += milliseconds * 1000000;
  now.tv_sec += now.tv_nsec / 1000000000;
  now.tv_nsec %= 1000000000;
  return now;
}

static void race(void* (*first)(void*), void* (*second)(void*)) {
  pthread_t threads[2];
  pthread_barrier_init(&start, NULL, 2);
  pthread_create(&threads[0], NULL, first, NULL);
  pthread_create(&threads[1], NULL, second, NULL);
  const struct timespec late = in_milliseconds(2000);
  for (int i = 0; i < 2; ++i) {
    if (pthread_timedjoin_np(threads[i], NULL, &late) == ETIMEDOUT) {
      shows("stuck");
      exit(1);
    }
  }
}

// The flag is looked at, then waited for: what comes between is not noticed.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int is_ready;

static void* wait_unlocked(void* unused) {
  pthread_barrier_wait(&start);
  if (!atomic_load(&is_ready)) {
    const struct timespec late = in_milliseconds(100);
    pthread_mutex_lock(&mutex);
    if (pthread_cond_timedwait(&condition, &mutex, &late) == ETIMEDOUT) shows("lost wake-up");
    pthread_mutex_unlock(&mutex);
  }
  return unused;
}

static void* make_ready(void* unused) {
  pthread_barrier_wait(&start);
  atomic_store(&is_ready, 1);
  pthread_cond_signal(&condition);
  return unused;
}

// A stack whose pop compares the head alone: in between it may have gone and come back.
struct node {
  struct node* next;
  atomic_int is_taken;
};
static struct node nodes[3];
static _Atomic(struct node*) head;

static void push(struct node* node) {
  node->next = atomic_load(&head);
  while (!atomic_compare_exchange_weak(&head, &node->next, node)) {
  }
}

static struct node* pop(void) {
  struct node* top = atomic_load(&head);
  while (top != NULL && !atomic_compare_exchange_weak(&head, &top, top->next)) {
  }
  if (top != NULL && atomic_exchange(&top->is_taken, 1)) shows("ABA: a node was taken twice");
  return top;
}

static void give_back(struct node* node) {
  if (node == NULL) return;
  atomic_store(&node->is_taken, 0);
  push(node);
}

static void* pop_and_push(void* unused) {
  pthread_barrier_wait(&start);
  for (int i = 0; i < 300 && !failed; ++i) {
    struct node* first = pop();
    struct node* second = pop();
    give_back(first);
    give_back(second);
  }
  return unused;
}

// A pointer is looked at and then used; its owner takes it away and frees it.
struct session {
  unsigned long magic;
};
static _Atomic(struct session*) session;

static void* use_session(void* unused) {
  pthread_barrier_wait(&start);
  for (int i = 0; i < 1000; ++i) {
    struct session* mine = atomic_load(&session);
    if (mine != NULL && *(volatile unsigned long*)&mine->magic != 0xfeedface) {
      shows("use after free");
    }
  }
  return unused;
}

static void* replace_session(void* unused) {
  pthread_barrier_wait(&start);
  for (int i = 0; i < 300; ++i) {
    struct session* old = atomic_exchange(&session, NULL);
    if (old != NULL) {
      *(volatile unsigned long*)&old->magic = 0;
      free(old);
    }
    struct session* fresh = malloc(sizeof *fresh);
    fresh->magic = 0xfeedface;
    atomic_store(&session, fresh);
  }
  return unused;
}

// Patience is counted in yields, as if the other surely ran at each.
static atomic_int is_done;

static void* yield_and_give_up(void* unused) {
  pthread_barrier_wait(&start);
  for (int i = 0; i < 100; ++i) {
    if (atomic_load(&is_done)) return unused;
    sched_yield();
  }
  shows("starved");
  return unused;
}

static void* get_done(void* unused) {
  pthread_barrier_wait(&start);
  atomic_store(&is_done, 1);
  return unused;
}

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;

static void lock_both(pthread_mutex_t* one, pthread_mutex_t* other) {
  pthread_barrier_wait(&start);
  for (int i = 0; i < 100; ++i) {
    pthread_mutex_lock(one);
    pthread_mutex_lock(other);
    pthread_mutex_unlock(other);
    pthread_mutex_unlock(one);
  }
}

static void* lock_left_first(void* unused) {
  lock_both(&left, &right);
  return unused;
}

static void* lock_right_first(void* unused) {
  lock_both(&right, &left);
  return unused;
}

int main(int argc, char** argv) {
  const char* bug = argc > 1 ? argv[1] : "";
  if (strcmp(bug, "wakeup") == 0) race(wait_unlocked, make_ready);
  if (strcmp(bug, "aba") == 0) {
    for (int i = 0; i < 3; ++i) push(&nodes[i]);
    race(pop_and_push, pop_and_push);
  }
  if (strcmp(bug, "free") == 0) race(use_session, replace_session);
  if (strcmp(bug, "starvation") == 0) race(yield_and_give_up, get_done);
  if (strcmp(bug, "deadlock") == 0) race(lock_left_first, lock_right_first);
  if (!failed) puts("nothing");
  return failed;
}
