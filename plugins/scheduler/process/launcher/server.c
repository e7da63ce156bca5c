#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "answer.h"
#include "clock.h"
#include "lifecycle.h"
#include "start.h"
#include "state.h"
#include "wire.h"

enum {
  HELLO_BYTES = 4 + 1 + 4 + 8,
  CANDIDATES = 4,           // connections that have not said hello
  REQUESTS_A_TURN = 16,     // then pipes have their turn
  STARTS_A_TURN = 4,        // they take long: what has ended meanwhile is told in between
  READ_BYTES = 256 << 10,
  MOST_UNSENT = 256 << 10,  // exits wait while the client reads slowly
  PAUSE_UNSENT = 4 << 20,   // requests wait too
  KEEP_ROOM = 1 << 20,
};

struct candidate {
  int fd; // -1 = free
  uint8_t bytes[HELLO_BYTES];
  size_t length;
};

static char path[PATH_MAX];
static int listener = -1, client = -1;
static struct candidate candidates[CANDIDATES];
static size_t next_candidate; // the one that a new connection replaces
static struct buffer in, out;
static int64_t idle_since;
static bool reads; // the client, in this turn

bool server_has_client(void) { return client >= 0; }
int64_t server_idle_since(void) { return idle_since; }

static void prepare_fd(int fd) {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_NONBLOCK);
}

bool server_open(const char *socket_path) {
  for (size_t i = 0; i < CANDIDATES; i++) candidates[i].fd = -1;
  idle_since = now_ms();
  snprintf(path, sizeof path, "%s", socket_path);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  memcpy(address.sun_path, path, strlen(path) + 1);
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (listener < 0) return false;
  prepare_fd(listener);
  unlink(path); // we hold the lock: whoever bound it is gone
  mode_t before = umask(0177);
  int bound = bind(listener, (struct sockaddr *)&address, sizeof address);
  umask(before);
  return bound == 0 && listen(listener, 16) == 0;
}

void server_close(void) {
  unlink(path);
  close(listener);
  char *slash = strrchr(path, '/');
  if (slash) *slash = '\0';
  rmdir(path); // a private folder made for a path that was too long; any other is not empty
}

// Gives back what a large message needed; nothing is in it any more.
static void shrink(struct buffer *b) {
  if (b->room <= KEEP_ROOM) return;
  free(b->bytes);
  *b = (struct buffer){0};
}

static void drop_client(void) {
  if (client < 0) return;
  close(client);
  client = -1;
  wipe(in.bytes, in.length);
  in.length = in.sent = out.length = out.sent = 0;
  shrink(&in);
  shrink(&out);
  idle_since = now_ms();
}

static void drop_candidate(struct candidate *c) {
  close(c->fd);
  c->fd = -1;
}

static bool is_ours(int fd) {
#ifdef __linux__
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == geteuid() || peer.uid == 0);
#else
  uid_t uid;
  gid_t gid;
  return getpeereid(fd, &uid, &gid) == 0 && (uid == geteuid() || uid == 0);
#endif
}

static void accept_candidate(void) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) return;
  prepare_fd(fd);
  if (!is_ours(fd)) {
    close(fd);
    return;
  }
  struct candidate *c = &candidates[next_candidate++ % CANDIDATES];
  if (c->fd >= 0) drop_candidate(c);
  *c = (struct candidate){.fd = fd};
}

static void refuse(struct candidate *c) {
  struct buffer answer = {0};
  answer_refused_client(&answer, state_epoch());
  if (write(c->fd, answer.bytes, answer.length) < 0) errno = 0; // it is dropped anyhow
  free(answer.bytes);
  drop_candidate(c);
}

static void read_hello(struct candidate *c) {
  ssize_t n = read(c->fd, c->bytes + c->length, HELLO_BYTES - c->length);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop_candidate(c);
  c->length += (size_t)n;
  if (c->length < HELLO_BYTES) return;
  struct reader r = {c->bytes, c->bytes + HELLO_BYTES, false};
  uint32_t length = read_u32(&r);
  uint8_t op = read_u8(&r);
  uint32_t protocol = read_u32(&r);
  double epoch = read_f64(&r);
  if (length != HELLO_BYTES - 4 || op != HELLO || protocol != PROTOCOL || !(epoch >= state_epoch())) {
    return refuse(c);
  }
  drop_client();
  client = c->fd;
  c->fd = -1;
  if (epoch > state_epoch()) state_note_epoch(epoch);
  answer_welcome(&out);
}

static void do_request(const uint8_t *bytes, uint32_t length) {
  struct reader r = {bytes, bytes + length, false};
  switch (read_u8(&r)) {
    case START:
      return start_attempt(&r, &out);
    case STOP:
      return answer_stop(&r, &out);
    case REMOVE:
      return answer_remove(&r, &out);
    case LIST:
      return answer_list(&r, &out);
    case FIND:
      return answer_find(&r, &out);
    case EPOCH: {
      double epoch = read_f64(&r);
      if (epoch > state_epoch()) state_note_epoch(epoch);
      return;
    }
    case BYE:
      drop_client();
      idle_since = INT64_MIN / 2; // nobody will come back soon
      return;
    default: // no client of this protocol sends that
      return drop_client();
  }
}

// The length of the next request; 0 = it is not whole yet, or there is none.
static uint32_t whole_request(void) {
  uint32_t length;
  if (in.length - in.sent < sizeof length) return 0;
  memcpy(&length, in.bytes + in.sent, sizeof length);
  if (length == 0 || length > MAX_REQUEST) drop_client();
  return in.length - in.sent >= sizeof length + length ? length : 0;
}

// Does a few of the requests that have been read. True when there is more.
static bool do_requests(void) {
  int done = 0, starts = 0;
  for (uint32_t length; (length = whole_request()) > 0; done++) {
    if (done == REQUESTS_A_TURN || starts == STARTS_A_TURN) return true;
    uint8_t *request = in.bytes + in.sent + sizeof length;
    if (request[0] == START) starts++;
    do_request(request, length);
    if (client < 0) return false;
    wipe(request, length); // it may have held secrets
    in.sent += sizeof length + length;
  }
  if (in.sent > 0) {
    size_t left = in.length - in.sent;
    memmove(in.bytes, in.bytes + in.sent, left);
    wipe(in.bytes + left, in.sent);
    in.length = left;
    in.sent = 0;
  }
  if (in.length == 0) shrink(&in);
  return false;
}

static void read_client(void) {
  uint8_t *room = reserve(&in, READ_BYTES);
  ssize_t n = read(client, room, READ_BYTES);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop_client();
  in.length += (size_t)n;
}

void server_prepare(struct pollfd *polls) {
  polls[0] = (struct pollfd){.fd = listener, .events = POLLIN};
  // at most one request that is not whole and one read lie in memory
  reads = whole_request() == 0 && out.length - out.sent < PAUSE_UNSENT;
  short events = reads ? POLLIN : 0;
  if (out.length > out.sent) events |= POLLOUT;
  polls[1] = (struct pollfd){.fd = client, .events = events};
  for (size_t i = 0; i < CANDIDATES; i++) {
    polls[2 + i] = (struct pollfd){.fd = candidates[i].fd, .events = POLLIN};
  }
}

bool server_take(const struct pollfd *polls) {
  // first what is known to be newer: it decides whether the client's requests still count
  for (size_t i = 0; i < CANDIDATES; i++) {
    if (polls[2 + i].revents && candidates[i].fd == polls[2 + i].fd) read_hello(&candidates[i]);
  }
  if (reads && client >= 0 && client == polls[1].fd && polls[1].revents & (POLLIN | POLLHUP | POLLERR)) {
    read_client();
  }
  if (polls[0].revents) accept_candidate();
  return do_requests();
}

void server_send(void) {
  if (client < 0) return;
  for (struct attempt *a; out.length - out.sent < MOST_UNSENT && (a = report_next());) {
    answer_exited(a, &out);
  }
  while (out.sent < out.length) {
    ssize_t n = write(client, out.bytes + out.sent, out.length - out.sent);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return drop_client();
    out.sent += (size_t)n;
  }
  out.length = out.sent = 0;
  shrink(&out);
}
