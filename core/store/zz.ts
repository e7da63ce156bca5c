import { createClient } from "@libsql/client/sqlite3";
import { rmSync } from "node:fs";
for (const x of ["","-wal","-shm"]) rmSync("/tmp/cs/z.db"+x,{force:true});
const mk=()=>createClient({url:"file:/tmp/cs/z.db", concurrency:1});
const c=mk(); await c.execute("pragma journal_mode=wal"); await c.execute("create table t(a integer)"); await c.execute("insert into t values(1)");
const v=async(x:any)=>(await x.execute("select a from t")).rows[0]![0];
const mode=process.argv[2]!;
const d = mk();
if (mode.includes("b")) { const t=await c.transaction("write"); await d.batch(["update t set a=9"],"write").catch(e=>console.log(e.code)); await t.rollback(); }
if (mode.includes("r")) await d.reconnect();
if (mode.includes("p")) for (const p of ["busy_timeout=100","auto_vacuum=incremental","journal_mode=wal","synchronous=full","wal_autocheckpoint=2000","journal_size_limit=67108864","cache_size=-8000","temp_store=memory"]) { await d.execute("pragma "+p); }
if (mode.includes("q")) for (const p of ["busy_timeout","auto_vacuum","journal_mode","synchronous"]) { await d.execute("pragma "+p); }
if (mode.includes("j")) await d.execute("pragma journal_mode=wal");
if (mode.includes("H")) { const t=await c.transaction("write"); await t.execute("update t set a=3"); console.log("during", await v(d)); await t.commit(); } 
console.log("before", await v(d)); await c.execute("update t set a=2"); console.log(mode, "after", await v(d));
