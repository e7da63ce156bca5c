// The socket: one client at a time. A client whose epoch is lower than one seen is refused; one that is
// accepted replaces the one before, and what that one had sent but we had not read is never done.
#ifndef ERRAND_SERVER_H
#define ERRAND_SERVER_H
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

enum { SERVER_POLLS = 6 };

// Listens. False = errno says why not.
bool server_open(const char *socket_path);
void server_close(void);
// Fills SERVER_POLLS entries.
void server_prepare(struct pollfd *polls);
// Takes what came. True when requests are waiting that were left for the next turn.
bool server_take(const struct pollfd *polls);
// Tells the client what it asked for and what has ended.
void server_send(void);
bool server_has_client(void);
// Monotonic; when the last client went.
int64_t server_idle_since(void);
#endif
