/* tokmock: an OpenAI-compatible upstream that emits time-stamped tokens at a fixed pace.
 *
 * usage: tokmock PORT
 * The request's "model" sets the work:  mock-<tokens>-<interval_us>[-<first_us>[-<id>]]
 * interval 0 sends every token in one burst. "stream":false answers one JSON body after the whole generation time.
 * Each token's text is "~<16 digits of CLOCK_MONOTONIC in microseconds> ", so a client on the same machine can tell
 * how long the token was under way, through whatever lies between. Due tokens are sent on a grid of about 1 ms.
 * GET /stats     {"open":N,"started":N,"finished":N,"aborted":N,"sent_tokens":N,"connections":N,"cpu_s":S}
 * GET /closings  [[id,us],...]: when the connection of each unfinished stream was seen to close (the last 65,536)
 * GET (others)   a list of one model
 * It is a measuring tool for loopback: it trusts its clients.
 */
#define _GNU_SOURCE
#include "clock.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 65536
typedef struct {
  int fd, is_active, is_stream, is_waiting_to_send, has_usage, heap_at;
  char *in, *out;
  int in_len, in_room, out_len, out_at, out_room;
  long id, total, sent, interval_us;
  long long due_us;
} Conn;
typedef struct { long id; long long at_us; } Closing;
static Conn *conns[MAX_FDS];
static Closing closings[MAX_FDS];
static long closing_count;
static struct { long started, finished, aborted, tokens, open, connections; } sum;
static int epoll_fd;

/* a heap of connections by due time */
static Conn *heap[MAX_FDS];
static int heap_len;
static void heap_put(int i, Conn *c) { heap[i] = c; c->heap_at = i; }
static void heap_swap(int a, int b) { Conn *c = heap[a]; heap_put(a, heap[b]); heap_put(b, c); }
static void heap_up(int i) {
  for (; i && heap[i]->due_us < heap[(i - 1) / 2]->due_us; i = (i - 1) / 2) heap_swap(i, (i - 1) / 2);
}
static void heap_down(int i) {
  for (;;) {
    int least = i;
    for (int child = 2 * i + 1; child <= 2 * i + 2; child++)
      if (child < heap_len && heap[child]->due_us < heap[least]->due_us) least = child;
    if (least == i) return;
    heap_swap(i, least);
    i = least;
  }
}
static void heap_add(Conn *c) { heap_put(heap_len, c); heap_up(heap_len++); }
static void heap_remove(Conn *c) {
  int i = c->heap_at;
  if (i < 0) return;
  c->heap_at = -1;
  if (i == --heap_len) return;
  heap_put(i, heap[heap_len]);
  heap_up(i);
  heap_down(i);
}

/* output */
static void put(Conn *c, const char *data, int n) {
  if (c->out_len + n > c->out_room) c->out = realloc(c->out, c->out_room = (c->out_len + n) * 2 + 4096);
  memcpy(c->out + c->out_len, data, n);
  c->out_len += n;
}
static void put_text(Conn *c, const char *text) { put(c, text, (int)strlen(text)); }
static void put_chunk(Conn *c, const char *data, int n) {
  char size[16];
  put(c, size, sprintf(size, "%x\r\n", n));
  put(c, data, n);
  put(c, "\r\n", 2);
}
static void put_json(Conn *c, const char *json, int n) {
  char head[128];
  put(c, head, sprintf(head, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n", n));
  put(c, json, n);
}
static void close_conn(Conn *c) {
  if (c->is_active) {
    closings[closing_count++ % MAX_FDS] = (Closing){c->id, now_us()};
    sum.aborted++, sum.open--;
  }
  heap_remove(c);
  close(c->fd);
  conns[c->fd] = 0;
  sum.connections--;
  free(c->in);
  free(c->out);
  free(c);
}
static void wait_to_send(Conn *c, int wait) {
  if (c->is_waiting_to_send == wait) return;
  c->is_waiting_to_send = wait;
  struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | (wait ? EPOLLOUT : 0), .data.fd = c->fd};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
}
static void flush(Conn *c) {
  while (c->out_at < c->out_len) {
    ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) { wait_to_send(c, 1); return; }
    if (n < 0) { close_conn(c); return; }
    c->out_at += n;
  }
  c->out_len = c->out_at = 0;
  wait_to_send(c, 0);
}

/* answers */
#define CHUNK_HEAD "{\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"mock\",\"choices\":["
static void put_event(Conn *c, const char *rest) {
  char event[1024];
  put_chunk(c, event, snprintf(event, sizeof event, "data: " CHUNK_HEAD "%s}\n\n", rest));
}
static void put_start(Conn *c) {
  put_text(c, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n");
  put_event(c, "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]");
}
static void put_token(Conn *c) {
  char rest[128];
  sprintf(rest, "{\"index\":0,\"delta\":{\"content\":\"~%016lld \"},\"finish_reason\":null}]", now_us());
  put_event(c, rest);
  c->sent++, sum.tokens++;
}
static void end_answer(Conn *c) { c->is_active = 0; sum.finished++, sum.open--; heap_remove(c); }
static void put_end(Conn *c) {
  char rest[192];
  put_event(c, "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]");
  sprintf(rest, "],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":%ld,\"total_tokens\":%ld}", c->total, c->total + 10);
  if (c->has_usage) put_event(c, rest);
  put_chunk(c, "data: [DONE]\n\n", 14);
  put_text(c, "0\r\n\r\n");
  end_answer(c);
}
static void put_unary(Conn *c) {
  char *body = malloc(c->total * 18 + 1024);
  int n = sprintf(body, "{\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"mock\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"");
  for (long i = 0; i < c->total; i++) n += sprintf(body + n, "~%016lld ", now_us());
  n += sprintf(body + n, "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":%ld,\"total_tokens\":%ld}}", c->total, c->total + 10);
  put_json(c, body, n);
  free(body);
  sum.tokens += c->total;
  end_answer(c);
}
static void send_due(Conn *c) {
  if (!c->is_stream) { put_unary(c); flush(c); return; }
  if (!c->sent) put_start(c);
  do put_token(c); while (!c->interval_us && c->sent < c->total);
  if (c->sent >= c->total) put_end(c);
  else c->due_us += c->interval_us, heap_down(c->heap_at);
  flush(c);
}

/* requests */
static void answer_stats(Conn *c) {
  char json[512];
  int n = sprintf(json, "{\"open\":%ld,\"started\":%ld,\"finished\":%ld,\"aborted\":%ld,\"sent_tokens\":%ld,\"connections\":%ld,\"cpu_s\":%.6f}", sum.open, sum.started,
                  sum.finished, sum.aborted, sum.tokens, sum.connections, clock_us(CLOCK_PROCESS_CPUTIME_ID) / 1e6);
  put_json(c, json, n);
}
static void answer_closings(Conn *c) {
  long first = closing_count > MAX_FDS ? closing_count - MAX_FDS : 0;
  char *json = malloc((closing_count - first) * 48 + 16);
  int n = sprintf(json, "[");
  for (long i = first; i < closing_count; i++)
    n += sprintf(json + n, "%s[%ld,%lld]", i > first ? "," : "", closings[i % MAX_FDS].id, closings[i % MAX_FDS].at_us);
  n += sprintf(json + n, "]");
  put_json(c, json, n);
  free(json);
}
static int is_true(const char *body, const char *name) {
  const char *p = strstr(body, name);
  if (!p) return 0;
  p += strlen(name);
  return p[strspn(p, " :")] == 't';
}
static void begin_answer(Conn *c, const char *body) {
  const char *model = strstr(body, "mock-");
  long first_us = -1;
  c->total = 100, c->interval_us = 20000, c->sent = 0, c->id = -1;
  if (model) sscanf(model, "mock-%ld-%ld-%ld-%ld", &c->total, &c->interval_us, &first_us, &c->id);
  c->is_stream = is_true(body, "\"stream\"");
  c->has_usage = is_true(body, "\"include_usage\"");
  if (first_us < 0) first_us = c->is_stream ? c->interval_us : c->interval_us * c->total;
  c->due_us = now_us() + first_us;
  c->is_active = 1;
  sum.started++, sum.open++;
  heap_add(c);
}
static void on_request(Conn *c, const char *head, const char *body) {
  const char *models = "{\"object\":\"list\",\"data\":[{\"id\":\"mock\",\"object\":\"model\"}]}";
  if (!strncmp(head, "GET /stats", 10)) answer_stats(c);
  else if (!strncmp(head, "GET /closings", 13)) answer_closings(c);
  else if (!strncmp(head, "GET ", 4)) put_json(c, models, (int)strlen(models));
  else { begin_answer(c, body); return; }
  flush(c);
}
/* The bytes of the first whole request in the buffer, or 0; its body begins at *body_at. */
static int request_length(Conn *c, int *body_at) {
  char *head_end = strstr(c->in, "\r\n\r\n");
  if (!head_end) return 0;
  *head_end = 0;
  char *length = strcasestr(c->in, "\r\ncontent-length:");
  int is_chunked = strcasestr(c->in, "\r\ntransfer-encoding: chunked") != 0;
  *head_end = '\r';
  *body_at = (int)(head_end + 4 - c->in);
  if (is_chunked) {
    char *last = strstr(c->in + *body_at, "0\r\n\r\n");
    return last ? (int)(last + 5 - c->in) : 0;
  }
  int whole = *body_at + (length ? atoi(length + 17) : 0);
  return c->in_len >= whole ? whole : 0;
}
static void take_requests(Conn *c) {
  int fd = c->fd, body_at;
  while (conns[fd] == c && !c->is_active && c->in_len) {
    int length = request_length(c, &body_at);
    if (!length) return;
    char after = c->in[length];
    c->in[length] = 0;
    on_request(c, c->in, c->in + body_at);
    if (conns[fd] != c) return;
    c->in[length] = after;
    c->in_len -= length;
    memmove(c->in, c->in + length, c->in_len + 1);
  }
}
static void on_readable(Conn *c) {
  for (;;) {
    if (c->in_len + 4096 > c->in_room) c->in = realloc(c->in, c->in_room = c->in_room * 2 + 8192);
    ssize_t n = recv(c->fd, c->in + c->in_len, c->in_room - c->in_len - 1, 0);
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) { close_conn(c); return; }
    c->in_len += n;
    c->in[c->in_len] = 0;
  }
  take_requests(c);
}

/* the loop */
static void accept_all(int listener) {
  int one = 1, fd;
  while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
    if (fd >= MAX_FDS) { close(fd); continue; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    Conn *c = calloc(1, sizeof *c);
    c->fd = fd, c->heap_at = -1;
    conns[fd] = c;
    sum.connections++;
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
  }
}
static void on_event(int fd, unsigned events) {
  if (conns[fd] && events & ~EPOLLOUT) on_readable(conns[fd]);
  if (conns[fd] && events & EPOLLOUT) { flush(conns[fd]); if (conns[fd]) take_requests(conns[fd]); }
}
static int wait_ms(void) {
  if (!heap_len) return -1;
  long long left_us = heap[0]->due_us - now_us();
  return left_us <= 0 ? 0 : (int)((left_us + 999) / 1000);
}
static int listen_on(int port) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (void *)&a, sizeof a) || listen(fd, 65535)) { perror("bind"); exit(1); }
  return fd;
}
int main(int argc, char **argv) {
  static struct epoll_event events[1024];
  signal(SIGPIPE, SIG_IGN);
  int listener = listen_on(argc > 1 ? atoi(argv[1]) : 9100);
  epoll_fd = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &e);
  for (;;) {
    int n = epoll_wait(epoll_fd, events, 1024, wait_ms());
    for (int i = 0; i < n; i++) {
      if (events[i].data.fd == listener) accept_all(listener);
      else on_event(events[i].data.fd, events[i].events);
    }
    long long now = now_us();
    for (int guard = 4096; heap_len && guard && heap[0]->due_us <= now; guard--) send_due(heap[0]);
  }
}
