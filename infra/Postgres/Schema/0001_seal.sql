-- Gives up to p_at_most committed events that have no leaf yet the next leaf indexes. Returns the first index and how many.
-- Waits for a sealer at work. Each statement below must see what was committed before the lock was got: under READ COMMITTED
-- every statement of a volatile function has its own snapshot, under a stricter level it would be the one from before the wait.
create or replace function ledger.seal(p_at_most integer, out first_leaf bigint, out leaf_count bigint)
language plpgsql volatile as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'sealing needs READ COMMITTED' using errcode = 'LG002';
  end if;

  select size into strict first_leaf from ledger.seal_state for update;

  -- By sequence number, which is the order of versions within each stream. A version is visible here only if those before it are.
  with due as (
    select seq_id from ledger.unsealed order by seq_id limit p_at_most
  ), taken as (
    delete from ledger.unsealed u using due where u.seq_id = due.seq_id returning u.seq_id
  )
  insert into ledger.leaves (leaf_index, seq_id)
  select first_leaf + row_number() over (order by seq_id) - 1, seq_id from taken;

  get diagnostics leaf_count = row_count;
  if leaf_count > 0 then
    update ledger.seal_state set size = first_leaf + leaf_count;
  end if;
end $$;
