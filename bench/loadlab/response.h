/* response.h: follows one HTTP/1.1 response, and finds the time marks in its body.
 *
 * A mark is the text "~<16 digits> ": the microsecond the token was written. It is found wherever the body is cut,
 * in chunks or reads, and whatever surrounds it: merged deltas and other dialects are counted alike.
 */
#pragma once
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 4096
#define TAIL_BYTES 128
typedef enum { HEAD, SIZED, UNTIL_CLOSE, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, COMPLETE, BROKEN } State;
typedef struct {
  State state;
  int status, closes, head_len, line_len, is_extension, mark_len, tail_len;
  long left;      /* bytes left of the body or of the chunk */
  long long mark; /* the digits of a mark so far */
  char head[HEAD_BYTES], tail[TAIL_BYTES];
} Response;
typedef void (*OnMark)(void *owner, long long written_us);

static void body_marks(Response *r, const char *p, const char *end, OnMark on_mark, void *owner) {
  while (p < end) {
    if (!r->mark_len) {
      if (!(p = memchr(p, '~', end - p))) return;
      r->mark = 0, r->mark_len = 1, p++;
    } else if (r->mark_len <= 16 && *p >= '0' && *p <= '9') {
      r->mark = r->mark * 10 + *p++ - '0', r->mark_len++;
    } else {
      if (r->mark_len == 17 && *p == ' ') on_mark(owner, r->mark);
      r->mark_len = 0;
    }
  }
}
static void body_tail(Response *r, const char *p, int n) {
  if (n >= TAIL_BYTES) { memcpy(r->tail, p + n - TAIL_BYTES, TAIL_BYTES); r->tail_len = TAIL_BYTES; return; }
  int keep = r->tail_len + n > TAIL_BYTES ? TAIL_BYTES - n : r->tail_len;
  memmove(r->tail, r->tail + r->tail_len - keep, keep);
  memcpy(r->tail + keep, p, n);
  r->tail_len = keep + n;
}
static void head_end(Response *r) {
  r->head[r->head_len] = 0;
  r->status = atoi(r->head + 9);
  r->closes = strcasestr(r->head, "\r\nconnection: close") != 0;
  char *length = strcasestr(r->head, "\r\ncontent-length:");
  if (strcasestr(r->head, "\r\ntransfer-encoding: chunked")) r->state = CHUNK_SIZE;
  else if (length) r->state = (r->left = atol(length + 17)) ? SIZED : COMPLETE;
  else r->state = UNTIL_CLOSE;
}
static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
static void framing_byte(Response *r, char c) {
  if (r->state == HEAD) {
    if (r->head_len == HEAD_BYTES - 1) { r->state = BROKEN; return; }
    r->head[r->head_len++] = c;
    if (c == '\n' && r->head_len > 3 && !memcmp(r->head + r->head_len - 4, "\r\n\r\n", 4)) head_end(r);
  } else if (r->state == CHUNK_SIZE) {
    int digit = hex_digit(c);
    if (c == ';') r->is_extension = 1;
    if (c == '\n') r->state = r->left ? CHUNK_DATA : TRAILER, r->is_extension = 0, r->line_len = 0;
    else if (!r->is_extension && digit >= 0) r->left = r->left * 16 + digit;
    else if (!r->is_extension && c != '\r') r->state = BROKEN;
  } else if (r->state == CHUNK_END) {
    if (c == '\n') r->state = CHUNK_SIZE;
  } else if (r->state == TRAILER) {
    if (c == '\n') { if (!r->line_len) r->state = COMPLETE; r->line_len = 0; }
    else if (c != '\r') r->line_len++;
  }
}
static void response_feed(Response *r, const char *p, int n, OnMark on_mark, void *owner) {
  const char *end = p + n;
  while (p < end && r->state != COMPLETE && r->state != BROKEN) {
    if (r->state != SIZED && r->state != UNTIL_CLOSE && r->state != CHUNK_DATA) { framing_byte(r, *p++); continue; }
    long take = end - p;
    if (r->state != UNTIL_CLOSE && take > r->left) take = r->left;
    body_marks(r, p, p + take, on_mark, owner);
    body_tail(r, p, (int)take);
    p += take;
    if (r->state != UNTIL_CLOSE && !(r->left -= take)) r->state = r->state == SIZED ? COMPLETE : CHUNK_END;
  }
}
