-- Gives up to p_at_most committed events that have no leaf yet the next leaf indexes. Returns the first index and how many.
-- Waits for a sealer at work. Each statement below must see what was committed before the lock was got: under READ COMMITTED
-- every statement of a volatile function has its own snapshot, under a stricter level it would be the one from before the wait.
create or replace function ledger.seal(p_at_most integer, out first_leaf bigint, out leaf_count bigint)
language plpgsql volatile
-- The queue is mostly rows that are gone and not yet vacuumed. Along its index they are passed over once marked dead; a scan of the
-- table, which its lack of statistics suggests, would read them all each time.
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  v_numbers bigint[];
  v_rows tid[];
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'sealing needs READ COMMITTED' using errcode = 'LG002';
  end if;

  select size into strict first_leaf from ledger.seal_state for update;

  -- By sequence number, which is the order of versions within each stream. A version is visible here only if those before it are.
  select array_agg(seq_id), array_agg(ctid), count(*) into v_numbers, v_rows, leaf_count
  from (select seq_id, ctid from ledger.unsealed order by seq_id limit p_at_most) as due;

  if leaf_count = 0 then
    return;
  end if;

  insert into ledger.leaves (leaf_index, seq_id)
  select first_leaf + due.place - 1, due.seq_id from unnest(v_numbers) with ordinality as due (seq_id, place);
  -- Only the holder of the lock takes rows out, so they are where they were.
  delete from ledger.unsealed where ctid = any (v_rows);
  update ledger.seal_state set size = first_leaf + leaf_count;
end $$;
