/**
 * parley: one chat server that speaks every dialect. Wiring only.
 *
 * @module
 */
import denoJson from "./deno.json" with { type: "json" };
import { Chat } from "./src/core/chat.ts";
import { resolveLimits } from "./src/core/limits.ts";
import { ENDPOINTS } from "./src/dialects/registry.ts";
import { ListenError } from "./src/http/listener.ts";
import { Server } from "./src/http/server.ts";
import { runtimeTimers as timers } from "./src/http/timers.ts";
import { WaitingRoom } from "./src/http/waiting_room.ts";
import { bannerText } from "./src/ops/banner.ts";
import { type Config, readCommand } from "./src/ops/config.ts";
import { helpText } from "./src/ops/help.ts";
import { JwtVoucher } from "./src/ops/jwt.ts";
import { logObserver, startLog } from "./src/ops/log.ts";
import * as ops from "./src/ops/process.ts";
import { startMetrics } from "./src/ops/process_metrics.ts";
import { HmacSeal } from "./src/ops/seal.ts";
import { ScryptSecrets } from "./src/ops/secrets.ts";
import { Shutdown } from "./src/ops/shutdown.ts";
import { assembleStore } from "./src/store/assemble.ts";
import { openStore, StoreError } from "./src/store/open_store.ts";
import { readSecret } from "./src/store/secret.ts";

const TICK_MS = 1_000;
const SWEEP_MS = 10_000;

async function start(config: Config): Promise<void> {
  const { version } = denoJson;
  const { metrics, meter } = startMetrics(version);
  const observer = logObserver(startLog(config.logLevel), meter);
  ops.catchAll(observer);
  const { clock, ids, random } = ops;
  const limits = resolveLimits(config.limits);
  const secrets = new ScryptSecrets(limits.PASSWORDS_WAITING_MAX);
  const shared = { ...config, observer, clock, timers, ids, secrets, limits };

  const tls = config.tls && await ops.readTls(config.tls);
  const waitingRoom = new WaitingRoom({ ...shared, tls });
  const opened = await openStore({
    location: config.kv,
    instance: ids.uuid(),
    lost() {
      observer.bug("store", "another process has taken it over");
      shutdown.run(1);
    },
    waits(why) {
      observer.trouble("start", why);
      waitingRoom.open();
    },
  });
  const store = assembleStore(opened, shared);
  const seal = new HmacSeal(await readSecret(opened.kv));
  const voucher = new JwtVoucher(config.jwt);
  const chat = new Chat({ ...shared, ...store, seal, voucher });
  store.log.listener = chat.listener;
  const { neighbourhood } = store;
  await neighbourhood?.start();
  await chat.rooms.open();
  await waitingRoom.close();
  const told = { ...denoJson, metrics, neighbourhood };
  const server = new Server({ ...shared, ...told, chat, tls });

  const shutdown = new Shutdown({
    refuseNew: () => server.refuseNew(),
    flush: () => store.log.settled(),
    closeSockets: (withinMs) => server.drainSockets({ withinMs, random }),
    stopListening: () => server.stopListening(),
    async closeStore() {
      await chat.resumes.settled();
      await neighbourhood?.stop();
      opened.close();
    },
    exit: (code) => Deno.exit(code),
  }, config.shutdownDeadlineMs);
  ops.onStopSignals(() => shutdown.run(0));
  setInterval(() => chat.tick(), TICK_MS);
  setInterval(() => store.sweeper.run(), SWEEP_MS);
  const { ports } = server;
  const found = { ports, secure: tls !== undefined, dialects: ENDPOINTS };
  ops.print(bannerText({ ...config, ...denoJson, ...opened, ...found }));
}

try {
  const env = (name: string) => Deno.env.get(name);
  const command = readCommand(Deno.args, env, ops.onDeploy());
  if (command.kind === "start") await start(command.config);
  else ops.print(command.kind === "help" ? helpText() : denoJson.version);
} catch (error) {
  ops.refuseStart(error, [StoreError, ListenError]);
}
