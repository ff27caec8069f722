-- Indexes of the fact tables; a rebuild makes them once its tables are filled.
-- Those of current versions alone find the one that a new event replaces. Those by authority and time hold every
-- version: a report of what was known at a moment reads as few rows as one of today (docs/adr/0009).
CREATE UNIQUE INDEX audits_current ON audits (audit_id) WHERE known_until = 'infinity';
CREATE UNIQUE INDEX audits_version ON audits (audit_id, sequence);
CREATE INDEX audits_completed ON audits (authority, completed_on) WHERE state = 'completed';
CREATE INDEX audits_allocated ON audits (authority, allocated_at);
CREATE INDEX audits_due ON audits (authority, due_on);
CREATE INDEX audits_withdrawn ON audits (authority, withdrawn_at) WHERE state = 'withdrawn';
CREATE INDEX audits_again ON audits (re_audit_of) WHERE re_audit_of IS NOT NULL;
CREATE INDEX section_results_outcome ON section_results (audit_id, outcome_sequence);
CREATE INDEX theme_mentions_outcome ON theme_mentions (audit_id, outcome_sequence);
CREATE UNIQUE INDEX answers_outcome ON answers (audit_id, outcome_sequence);
CREATE UNIQUE INDEX concern_flags_version ON concern_flags (audit_id, sequence);
CREATE UNIQUE INDEX moderation_requests_current ON moderation_requests (audit_id, moderation_id)
    WHERE known_until = 'infinity';
CREATE UNIQUE INDEX moderations_current ON moderations (audit_id, moderation_id) WHERE known_until = 'infinity';
CREATE INDEX moderations_version ON moderations (audit_id);
CREATE INDEX disputes_version ON disputes (audit_id);
CREATE UNIQUE INDEX disputes_current ON disputes (audit_id, dispute_id) WHERE known_until = 'infinity';
CREATE INDEX moderation_section_differences_version ON moderation_section_differences (audit_id, sequence);
CREATE UNIQUE INDEX recommendations_current ON recommendations (audit_id, recommendation_id)
    WHERE known_until = 'infinity';
CREATE INDEX recommendations_made ON recommendations (authority, made_at);
CREATE UNIQUE INDEX escalations_current ON escalations (escalation_id) WHERE known_until = 'infinity';
CREATE UNIQUE INDEX escalations_version ON escalations (escalation_id, sequence);
CREATE INDEX escalations_raised ON escalations (authority, raised_at) WHERE raised_at IS NOT NULL;
CREATE INDEX escalations_considered ON escalations (authority, considered_at);
CREATE UNIQUE INDEX tools_version ON tools (tool_id, sequence);
CREATE INDEX tool_sections_version ON tool_sections (tool_id, sequence);
CREATE INDEX tool_themes_version ON tool_themes (tool_id, sequence);
CREATE INDEX tool_questions_version ON tool_questions (tool_id, sequence);
CREATE INDEX erased_children_reference ON erased_children (case_reference);
