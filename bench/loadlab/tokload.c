/* tokload: opens many completions at once and measures, token by token, how long each was under way.
 *
 * usage: tokload [options] PORT MODEL         (MODEL may hold %I: the number of the request, from 0)
 *   -c N      streams at a time (default 100)         -r N    requests in all (default: c; 0: without end)
 *   -p PATH   request path (/v1/chat/completions)     -b JSON body; %M is replaced by MODEL
 *   -H 'K: V' extra header (repeat)                   -e TEXT the mark a whole answer ends in ("[DONE]")
 *   -P PID    count this process's CPU and memory (repeat)
 *   -t S      stop after S seconds (default 120)      -w S    the window begins S seconds after the start (0)
 *   -R US     mean microseconds between two starts    -K      use a connection again after a whole answer
 *   -g US     from the window on, hang up one reader each US microseconds; -n N of them, then the run is over
 * One line of JSON on standard output; seed and order of starts are the same in every run.
 */
#define _GNU_SOURCE
#include "clock.h"
#include "histogram.h"
#include "process.h"
#include "response.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

typedef enum { IDLE, CONNECTING, READING } Phase;
typedef struct { int fd, id; Phase phase; long tokens; long long begin_us; Response response; } Stream;
typedef struct { int id; long long at_us; } HangUp;
static struct {
  int port, streams, keep_alive, hang_ups;
  long requests, ramp_us, hang_up_us, want_tokens;
  double limit_s, window_s;
  const char *model, *path, *body, *end_mark;
  char headers[8192];
  Processes server;
} opt = {.streams = 100, .requests = -1, .limit_s = 120, .path = "/v1/chat/completions", .end_mark = "[DONE]",
         .body = "{\"model\":\"%M\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a story about a river.\"}]}"};
static struct { long started, done, errors, cut, status_bad, tokens, bytes, reads; } sum;
static Histogram delivery, window_delivery, ttft, whole;
static HangUp *gone;
static int gone_count, epoll_fd, in_window;
static long window_tokens;
static long long read_us;
static Stream *streams;
static struct sockaddr_in address;

static void on_token(void *owner, long long written_us) {
  Stream *s = owner;
  long under_way_us = read_us - written_us;
  histogram_add(&delivery, under_way_us);
  if (in_window) { histogram_add(&window_delivery, under_way_us); window_tokens++; }
  if (!s->tokens++) histogram_add(&ttft, read_us - s->begin_us);
  sum.tokens++;
}

/* requests */
static int replace(char *to, int room, const char *text, const char *name, const char *value) {
  const char *at = strstr(text, name);
  if (!at) return snprintf(to, room, "%s", text);
  return snprintf(to, room, "%.*s%s%s", (int)(at - text), text, value, at + strlen(name));
}
static int send_request(Stream *s) {
  static char model[256], body[65536], all[81920];
  char id[16];
  snprintf(id, sizeof id, "%d", s->id);
  replace(model, sizeof model, opt.model, "%I", id);
  int length = replace(body, sizeof body, opt.body, "%M", model);
  int n = snprintf(all, sizeof all,
                   "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nAuthorization: Bearer sk-test\r\n"
                   "%s%sContent-Length: %d\r\n\r\n%s",
                   opt.path, opt.port, opt.headers, opt.keep_alive ? "" : "Connection: close\r\n", length, body);
  memset(&s->response, 0, sizeof s->response);
  s->tokens = 0, s->phase = READING;
  return send(s->fd, all, n, MSG_NOSIGNAL) == n;
}
static int next_request(Stream *s) {
  if (opt.requests && sum.started >= opt.requests) return 0;
  s->id = (int)sum.started++;
  s->begin_us = now_us();
  return 1;
}
static void fail(Stream *s) { sum.errors++; sum.done++; close(s->fd); s->phase = IDLE; }
static void open_stream(Stream *s) {
  int one = 1;
  s->phase = IDLE;
  if (!next_request(s)) return;
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  s->phase = CONNECTING;
  struct epoll_event e = {.events = EPOLLOUT, .data.ptr = s};
  if ((connect(s->fd, (void *)&address, sizeof address) && errno != EINPROGRESS) || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, s->fd, &e)) fail(s);
}

/* answers */
static int is_whole(const Stream *s) {
  const Response *r = &s->response;
  if (r->state != COMPLETE || (opt.want_tokens >= 0 && s->tokens != opt.want_tokens)) return 0;
  return memmem(r->tail, r->tail_len, opt.end_mark, strlen(opt.end_mark)) != 0;
}
static void complain(const Stream *s) {
  if (sum.status_bad + sum.cut + sum.errors > 1) return;
  fprintf(stderr, "bad answer after %ld tokens: %.*s ... %.*s\n", s->tokens, s->response.head_len, s->response.head, s->response.tail_len, s->response.tail);
}
static void end_stream(Stream *s) {
  sum.done++;
  if (s->response.status != 200) { sum.status_bad++; complain(s); }
  else if (!is_whole(s)) { sum.cut++; complain(s); }
  else histogram_add(&whole, read_us - s->begin_us);
  if (opt.keep_alive && s->response.state == COMPLETE && !s->response.closes) {
    if (!next_request(s)) { close(s->fd); s->phase = IDLE; }
    else if (!send_request(s)) fail(s);
    return;
  }
  close(s->fd);
  open_stream(s);
}
static void on_readable(Stream *s) {
  static char buffer[1 << 18];
  ssize_t n = recv(s->fd, buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return;
  read_us = now_us();
  if (n <= 0) {
    if (n == 0 && s->response.state == UNTIL_CLOSE) s->response.state = COMPLETE;
    if (s->response.state != HEAD) { end_stream(s); return; }
    sum.errors++; sum.done++; complain(s); close(s->fd); open_stream(s);
    return;
  }
  sum.bytes += n, sum.reads++;
  response_feed(&s->response, buffer, (int)n, on_token, s);
  if (s->response.state == COMPLETE || s->response.state == BROKEN) end_stream(s);
}
static void on_event(Stream *s, unsigned events) {
  if (s->phase == READING) { on_readable(s); return; }
  if (s->phase != CONNECTING) return;
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
  if (!(events & EPOLLOUT) || events & EPOLLERR || !send_request(s)) { fail(s); return; }
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, s->fd, &e);
}

/* hanging up */
static void hang_up_next(void) {
  static int at;
  for (int tries = 0; tries < opt.streams; tries++) {
    Stream *s = &streams[at++ % opt.streams];
    if (s->phase != READING || !s->tokens) continue;
    gone[gone_count++] = (HangUp){s->id, now_us()};
    close(s->fd);
    open_stream(s);
    return;
  }
}

/* the run */
static long jitter(long mean_us) {
  static unsigned long x = 88172645463325252UL;
  x ^= x << 13, x ^= x >> 7, x ^= x << 17;
  return mean_us ? (long)(x % (2 * mean_us)) : 0;
}
static int is_running(int launched) {
  if (launched < opt.streams) return 1;
  if (opt.hang_ups) return gone_count < opt.hang_ups;
  for (int i = 0; i < launched; i++) if (streams[i].phase != IDLE) return 1;
  return 0;
}
static void read_options(int argc, char **argv) {
  int o;
  while ((o = getopt(argc, argv, "c:r:p:b:H:e:P:t:w:R:Kg:n:")) > 0) switch (o) {
    case 'c': opt.streams = atoi(optarg); break;
    case 'r': opt.requests = atol(optarg); break;
    case 'p': opt.path = optarg; break;
    case 'b': opt.body = optarg; break;
    case 'H': strncat(opt.headers, optarg, 2048); strcat(opt.headers, "\r\n"); break;
    case 'e': opt.end_mark = optarg; break;
    case 'P': if (opt.server.count < MAX_PIDS) opt.server.pid[opt.server.count++] = atoi(optarg); break;
    case 't': opt.limit_s = atof(optarg); break;
    case 'w': opt.window_s = atof(optarg); break;
    case 'R': opt.ramp_us = atol(optarg); break;
    case 'K': opt.keep_alive = 1; break;
    case 'g': opt.hang_up_us = atol(optarg); break;
    case 'n': opt.hang_ups = atoi(optarg); break;
    default: exit(2);
  }
  if (optind + 2 > argc) { fprintf(stderr, "tokload [options] PORT MODEL: see the head of tokload.c\n"); exit(2); }
  opt.port = atoi(argv[optind]), opt.model = argv[optind + 1];
  if (opt.requests < 0) opt.requests = opt.streams;
  opt.want_tokens = -1;
  sscanf(opt.model, "mock-%ld", &opt.want_tokens);
}
typedef struct { double seconds, window_seconds, cpu_s, window_cpu_s; long rss_start_kib, rss_max_kib; int open_at_end; } Outcome;
static Outcome run(void) {
  static struct epoll_event events[1024];
  Outcome out = {.rss_start_kib = processes_rss_kib(&opt.server)};
  double cpu_start_s = processes_cpu_s(&opt.server), cpu_window_s = cpu_start_s;
  long long start = now_us(), end = start + (long long)(opt.limit_s * 1e6), window = start + (long long)(opt.window_s * 1e6);
  long long next_start = start, next_hang_up = window, next_rss = start + 500000;
  int launched = 0;
  out.rss_max_kib = out.rss_start_kib;
  for (long long t = start; t < end && is_running(launched); t = now_us()) {
    if (!in_window && t >= window) in_window = 1, window = t, cpu_window_s = processes_cpu_s(&opt.server);
    while (launched < opt.streams && t >= next_start) { open_stream(&streams[launched++]); next_start += jitter(opt.ramp_us); }
    while (in_window && gone_count < opt.hang_ups && t >= next_hang_up) { hang_up_next(); next_hang_up += opt.hang_up_us; }
    int n = epoll_wait(epoll_fd, events, 1024, launched < opt.streams || opt.hang_ups ? 1 : 50);
    for (int i = 0; i < n; i++) on_event(events[i].data.ptr, events[i].events);
    if (opt.server.count && t > next_rss) {
      long rss = processes_rss_kib(&opt.server);
      if (rss > out.rss_max_kib) out.rss_max_kib = rss;
      next_rss = t + 500000;
    }
  }
  long long over = now_us();
  double cpu_end_s = processes_cpu_s(&opt.server);
  out.cpu_s = cpu_end_s - cpu_start_s, out.seconds = (over - start) / 1e6;
  if (in_window) out.window_cpu_s = cpu_end_s - cpu_window_s, out.window_seconds = (over - window) / 1e6;
  for (int i = 0; i < launched; i++) out.open_at_end += streams[i].phase != IDLE;
  return out;
}
static void print_histogram(const char *name, const Histogram *h) {
  printf(",\"%s\":{\"count\":%ld,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}", name, h->count, histogram_ms(h, .5), histogram_ms(h, .99),
         histogram_ms(h, .999), h->max / 1e3);
}
static void print_outcome(const Outcome *o) {
  printf("{\"requests\":%ld,\"started\":%ld,\"errors\":%ld,\"status_bad\":%ld,\"cut\":%ld,\"open_at_end\":%d", sum.done, sum.started, sum.errors,
         sum.status_bad, sum.cut, o->open_at_end);
  printf(",\"tokens\":%ld,\"bytes\":%ld,\"reads\":%ld,\"seconds\":%.4f,\"cpu_s\":%.6f", sum.tokens, sum.bytes, sum.reads, o->seconds, o->cpu_s);
  printf(",\"window_tokens\":%ld,\"window_seconds\":%.4f,\"window_cpu_s\":%.6f", window_tokens, o->window_seconds, o->window_cpu_s);
  printf(",\"rss_start_kib\":%ld,\"rss_max_kib\":%ld,\"own_cpu_s\":%.6f", o->rss_start_kib, o->rss_max_kib, clock_us(CLOCK_PROCESS_CPUTIME_ID) / 1e6);
  print_histogram("ttft_ms", &ttft);
  print_histogram("delivery_ms", &delivery);
  print_histogram("window_delivery_ms", &window_delivery);
  print_histogram("whole_ms", &whole);
  printf(",\"gone\":[");
  for (int i = 0; i < gone_count; i++) printf("%s[%d,%lld]", i ? "," : "", gone[i].id, gone[i].at_us);
  printf("]}\n");
}
int main(int argc, char **argv) {
  read_options(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(opt.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  epoll_fd = epoll_create1(0);
  streams = calloc(opt.streams, sizeof *streams);
  gone = calloc(opt.hang_ups + 1, sizeof *gone);
  Outcome outcome = run();
  print_outcome(&outcome);
  return 0;
}
