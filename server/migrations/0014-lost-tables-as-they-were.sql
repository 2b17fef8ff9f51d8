-- That a granted table was lost for a while, and given back by a confirmation: what access rested on at an instant.
create trigger access_grant_item_ground after update of lost_at on tidegate.access_grant_item
  for each row when (old.lost_at is distinct from new.lost_at)
  execute function tidegate.keep_ground('grant_id,database_id,schema_name,table_name', 'lost_at');
insert into tidegate.ground_history (relation, key, facts, from_at)
  select 'access_grant_item', concat_ws(':', grant_id, database_id, schema_name, table_name),
    jsonb_build_object('lost_at', lost_at), lost_at
  from tidegate.access_grant_item where lost_at is not null;
