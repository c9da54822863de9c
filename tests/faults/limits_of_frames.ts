import { assertEquals } from "@std/assert";
import type { LimitName } from "../../src/core/limits.ts";
import {
  accepts,
  extended,
  join,
  type LimitCase,
  member,
  nested,
  padded,
  refuses,
  send,
  take,
} from "./limits_kit.ts";

const E_ACUTE = "é";
const HIRAGANA_A = "あ";
const SMILE = "😀";

/** The limits on what one frame holds. */
export const FRAME_CASES = {
  FRAME_BYTES_MAX: {
    async reach(server) {
      const ann = await server.connect();
      ann.send(padded("wide", 65_536));
      assertEquals(await take(ann, 1), [join("wide")]);
    },
    async exceed(server) {
      const error = "Cannot handle frame: 65537 of 65536 bytes";
      await refuses(await server.connect(), padded("wide", 65_537), error);
    },
    async lift(server) {
      const ann = await server.connect();
      ann.send(padded("wide", 1_000_000));
      assertEquals(await take(ann, 1), [join("wide")]);
    },
  },
  TEXT_BYTES_MAX: {
    async reach(server) {
      const ann = await member(server, "talk");
      await accepts(ann, send("talk", "x".repeat(4_096)));
      await accepts(ann, send("talk", E_ACUTE.repeat(2_048)));
      await accepts(ann, send("talk", `x${HIRAGANA_A.repeat(1_365)}`));
      await accepts(ann, send("talk", SMILE.repeat(1_024)));
    },
    async exceed(server) {
      const ann = await member(server, "talk");
      const error = "Cannot send message: 4097 of 4096 bytes";
      await refuses(ann, send("talk", "x".repeat(4_097)), error);
      await refuses(ann, send("talk", `${E_ACUTE.repeat(2_048)}x`), error);
      await refuses(ann, send("talk", `xx${HIRAGANA_A.repeat(1_365)}`), error);
      await refuses(ann, send("talk", `x${SMILE.repeat(1_024)}`), error);
    },
    async lift(server) {
      const ann = await member(server, "talk");
      const error = "Cannot send message: 16385 of 16384 bytes";
      await accepts(ann, send("talk", "x".repeat(16_384)));
      await refuses(ann, send("talk", "x".repeat(16_385)), error);
    },
  },
  ROOM_ID_BYTES_MAX: {
    async reach(server) {
      const ann = await server.connect();
      await accepts(ann, join("x".repeat(255)));
      await accepts(ann, join(`${E_ACUTE.repeat(127)}x`));
    },
    async exceed(server) {
      const ann = await server.connect();
      const error = "Cannot use room: 256 of 255 bytes";
      await refuses(ann, join("x".repeat(256)), error);
      await refuses(ann, join(E_ACUTE.repeat(128)), error);
      await refuses(ann, send("x".repeat(256), "hi"), error);
    },
    async lift(server) {
      const ann = await server.connect();
      // Keys can hold no more: the default is the ceiling.
      await accepts(ann, join("x".repeat(255)));
      await refuses(
        ann,
        join("x".repeat(256)),
        "Cannot use room: 256 of 255 bytes",
      );
    },
  },
  NAME_BYTES_MAX: {
    async reach(server) {
      const ann = await server.connect();
      await accepts(ann, join("a", "x".repeat(128)));
      await accepts(ann, join("b", SMILE.repeat(32)));
    },
    async exceed(server) {
      const ann = await server.connect();
      const error = "Cannot use name: 129 of 128 bytes";
      await refuses(ann, join("a", "x".repeat(129)), error);
      await refuses(ann, join("a", `x${SMILE.repeat(32)}`), error);
      await refuses(ann, send("a", "hi", "x".repeat(129)), error);
    },
    async lift(server) {
      const ann = await server.connect();
      const error = "Cannot use name: 513 of 512 bytes";
      await accepts(ann, join("a", "x".repeat(512)));
      await refuses(ann, join("b", "x".repeat(513)), error);
    },
  },
  EXTRA_BYTES_MAX: {
    async reach(server) {
      await accepts(await server.connect(), extended("a", 4_096));
    },
    async exceed(server) {
      const error = "Cannot relay fields: 4097 of 4096 bytes";
      await refuses(await server.connect(), extended("a", 4_097), error);
    },
    async lift(server) {
      const ann = await server.connect();
      const error = "Cannot relay fields: 8193 of 8192 bytes";
      await accepts(ann, extended("a", 8_192));
      await refuses(ann, extended("b", 8_193), error);
    },
  },
  JSON_DEPTH_MAX: {
    async reach(server) {
      await accepts(await server.connect(), nested("a", 32));
    },
    async exceed(server) {
      const error = "more than 32 levels of nesting";
      await refuses(await server.connect(), nested("a", 33), error);
    },
    async lift(server) {
      const ann = await server.connect();
      const error = "more than 256 levels of nesting";
      await accepts(ann, nested("a", 256));
      await refuses(ann, nested("b", 257), error);
    },
  },
} satisfies Partial<Record<LimitName, LimitCase>>;
