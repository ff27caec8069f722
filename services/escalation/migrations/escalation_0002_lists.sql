-- Lists of audit escalations by the time left
-- depends: escalation_0001_notices

-- migrate: apply

-- Microseconds since 1970 of a moment as summaries hold it. Immutable, since each says its offset from UTC.
create function escalation.moment(iso text) returns bigint
    language plpgsql immutable parallel safe as $$
begin
    return (extract(epoch from iso::timestamptz) * 1000000)::bigint;
end
$$;

-- Until when the next step is to be taken: the decision, or the sign-off. What waits for a decision without a clock
-- comes by when it came up; what is at its end comes last.
create function escalation.left_until(status text, data jsonb) returns bigint
    language plpgsql immutable parallel safe as $$
begin
    return coalesce(
        case status
            when 'considering' then escalation.moment(coalesce(data->>'consider_by', data->>'considered_at'))
            when 'raised' then escalation.moment(data->>'due_at')
            when 'signed-off' then escalation.moment(data->>'due_at')
        end,
        9223372036854775807
    );
end
$$;

create index summaries_by_time_left
    on eventstore.summaries (authority, escalation.left_until(status, data), stream_id)
    where category = 'escalation';

create index summaries_by_closing
    on eventstore.summaries (authority, escalation.moment(data->>'closed_at') desc, stream_id)
    where category = 'escalation' and status = 'closed';

-- migrate: rollback
drop index eventstore.summaries_by_closing;
drop index eventstore.summaries_by_time_left;
drop function escalation.left_until;
drop function escalation.moment;
