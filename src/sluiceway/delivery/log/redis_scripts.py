"""What is kept of an answer in Redis, and the four scripts that are the only ones to write it.

Keys of one answer share a hash tag, so that they lie on one node of a cluster::

    sw:{<id>}:m  hash    epoch, next, st, owner, lease (ms of Redis's clock), cancel, heard, turns, about
    sw:{<id>}:s  stream  one entry a flush: id <epoch>-<number of its last frame>, field d the frames
    sw:{<id>}:l  zset    replicas that read along → when they are forgotten (ms of Redis's clock)
    sw:n:<...>   string  an answer's name → its id
    sw:in:<replica>      the channel on which a replica is rung

The stream is the truth; a ring only says that there is something to look for, and may be lost. Numbers are given by
the producer, so a reply that was lost does no harm: the same flush, sent again, changes nothing.
"""

from __future__ import annotations

import hashlib

import msgspec

__all__ = ["APPEND", "CANCEL", "LISTEN", "OPEN", "Keys", "Script", "inbox_key", "name_key"]


class Script:
    """A Lua script and the name Redis knows it by.

    Attributes:
        text: itself.
        digest: its SHA-1 in hexadecimal.
    """

    __slots__ = ("digest", "text")

    def __init__(self, text: str) -> None:
        self.text = text.encode()
        self.digest = hashlib.sha1(self.text, usedforsecurity=False).hexdigest().encode()


class Keys(msgspec.Struct, frozen=True):
    """The keys of one answer.

    Attributes:
        meta: the hash.
        frames: the stream.
        listeners: the replicas that read along.
    """

    meta: bytes
    frames: bytes
    listeners: bytes

    @classmethod
    def of(cls, stream_id: str) -> Keys:
        """Return the keys of the answer ``stream_id``."""
        tag = b"sw:{%b}:" % stream_id.encode()
        return cls(tag + b"m", tag + b"s", tag + b"l")


def inbox_key(replica: str) -> bytes:
    """Return the channel on which a replica is rung."""
    return b"sw:in:" + replica.encode()


def name_key(dialect: str, name: str) -> bytes:
    """Return the key of an answer's name; names are the clients', so they are hashed."""
    return b"sw:n:" + hashlib.sha256(f"{dialect}\0{name}".encode()).hexdigest().encode()


OPEN = Script("""
-- KEYS m  ARGV owner lease_ms ttl_s epoch about
local t=redis.call('TIME') local now=t[1]*1000+math.floor(t[2]/1000)
local m=redis.call('HMGET',KEYS[1],'epoch','next','st','lease','owner','turns')
if not m[1] then
  if ARGV[5]=='' then return 'gone' end
  redis.call('HSET',KEYS[1],'epoch',ARGV[4],'next',1,'st','run','owner',ARGV[1],'lease',now+ARGV[2],
    'turns','','about',ARGV[5])
  redis.call('EXPIRE',KEYS[1],ARGV[3])
  return 'ok '..ARGV[4]..' 1'
end
if m[3]~='run' then return 'over '..m[3] end
if m[5]~=ARGV[1] then
  if tonumber(m[4])>now then return 'held' end
  m[1]=m[1]+1
  redis.call('HSET',KEYS[1],'turns',m[6]..' '..m[1]..'-'..m[2])
end
redis.call('HSET',KEYS[1],'epoch',m[1],'owner',ARGV[1],'lease',now+ARGV[2])
redis.call('EXPIRE',KEYS[1],ARGV[3])
return 'ok '..m[1]..' '..m[2]
""")
"""Begin an answer, go on with one's own, or take over one whose producer is gone.

Replies ``ok <epoch> <next>``, ``held`` (its producer lives), ``over <st>`` or ``gone``.
"""

APPEND = Script("""
-- KEYS m s l  ARGV epoch first count frames [final lease_ms ttl_s]
local m=redis.call('HMGET',KEYS[1],'epoch','next','st','cancel','heard','turns')
if not m[1] then return 'gone' end
if m[1]~=ARGV[1] then return 'stale '..m[1] end
local first,count,nxt=tonumber(ARGV[2]),tonumber(ARGV[3]),tonumber(m[2])
local now,heard=0,''
if ARGV[5] or m[5] then
  local t=redis.call('TIME') now=t[1]*1000+math.floor(t[2]/1000)
end
if ARGV[5] and nxt>1 and m[6]=='' and redis.call('EXISTS',KEYS[2])==0 then
  redis.call('HSET',KEYS[1],'next',1,'st','run','lease',now+ARGV[6])
  return 'gap 1'
end
if m[3]~='run' then return 'over '..m[3] end
if first>nxt or (first<nxt and first+count>nxt) then return 'gap '..nxt end
if first==nxt and count>0 then
  if nxt==1 then redis.call('DEL',KEYS[2]) end
  nxt=first+count
  local id=ARGV[1]..'-'..(nxt-1)
  if ARGV[5] then
    redis.call('XADD',KEYS[2],id,'d',ARGV[4])
  elseif not redis.call('XADD',KEYS[2],'NOMKSTREAM',id,'d',ARGV[4]) then
    redis.call('HSET',KEYS[1],'next',1)
    return 'gap 1'
  end
  redis.call('HSET',KEYS[1],'next',nxt)
end
if ARGV[5] then
  redis.call('HSET',KEYS[1],'lease',now+ARGV[6])
  redis.call('EXPIRE',KEYS[1],ARGV[7]) redis.call('EXPIRE',KEYS[2],ARGV[7])
  if ARGV[5]~='' and first+count==nxt then redis.call('HSET',KEYS[1],'st',ARGV[5]) end
end
if m[5] then
  heard=table.concat(redis.call('ZRANGEBYSCORE',KEYS[3],now,'+inf'),' ')
  if heard=='' then redis.call('HDEL',KEYS[1],'heard') end
end
return 'ok '..nxt..' '..(m[4] or '-')..' '..heard
""")
"""Add frames, and renew the lease, or with no frames only renew it. Most calls only add, which is three commands: the
first frames and the last renew the lease, and others from time to time.

Redis may have dropped one of the keys. Without its frames an answer is written from its beginning again, by the
producer that has them; who took over has nothing but the end. Frames that nobody knows of make room.

Replies ``ok <next> <cancel or -> <replica>…``, ``gap <next>`` (go back to there), ``stale <epoch>``, ``over <st>`` or
``gone``.
"""

LISTEN = Script("""
-- KEYS m l  ARGV replica ttl_ms (0 to leave)
local t=redis.call('TIME') local now=t[1]*1000+math.floor(t[2]/1000)
local m=redis.call('HMGET',KEYS[1],'epoch','next','st','lease','owner','turns','heard')
if ARGV[2]=='0' or not m[1] then redis.call('ZREM',KEYS[2],ARGV[1]) else
  redis.call('ZADD',KEYS[2],now+ARGV[2],ARGV[1]) redis.call('PEXPIRE',KEYS[2],ARGV[2]*4)
  if not m[7] then redis.call('HSET',KEYS[1],'heard',1) end
end
if not m[1] then return 'gone' end
return 'ok '..m[1]..' '..m[2]..' '..m[3]..' '..(m[4]-now)..' '..m[5]..m[6]
""")
"""Read along, or no longer. Replies ``ok <epoch> <next> <st> <lease left, ms> <owner> <turn>…`` or ``gone``.

A turn ``2-17`` says that from frame 17 on the second producer wrote.
"""

CANCEL = Script("""
-- KEYS m
local m=redis.call('HMGET',KEYS[1],'st','owner')
if not m[1] then return 'gone' end
if m[1]~='run' then return 'over '..m[1] end
redis.call('HSET',KEYS[1],'cancel','stop')
return 'ok '..m[2]
""")
"""Ask for an answer to be stopped. Replies ``ok <owner>``, ``over <st>`` or ``gone``."""
