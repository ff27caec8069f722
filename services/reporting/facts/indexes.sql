-- Indexes of the fact tables; a rebuild makes them once its tables are filled.
-- The partial ones are the current versions: one index away, and at most one a fact.
CREATE UNIQUE INDEX audits_current ON audits (audit_id) WHERE known_until = 'infinity';
CREATE UNIQUE INDEX audits_version ON audits (audit_id, sequence);
CREATE INDEX audits_completed ON audits (authority, completed_on) WHERE known_until = 'infinity';
CREATE INDEX section_results_outcome ON section_results (audit_id, outcome_sequence);
CREATE INDEX theme_mentions_outcome ON theme_mentions (audit_id, outcome_sequence);
CREATE UNIQUE INDEX answers_outcome ON answers (audit_id, outcome_sequence);
CREATE UNIQUE INDEX concern_flags_version ON concern_flags (audit_id, sequence);
CREATE UNIQUE INDEX moderation_requests_current ON moderation_requests (audit_id, moderation_id)
    WHERE known_until = 'infinity';
CREATE UNIQUE INDEX moderations_current ON moderations (audit_id, moderation_id) WHERE known_until = 'infinity';
CREATE INDEX moderations_done ON moderations (authority, moderated_on) WHERE known_until = 'infinity';
CREATE UNIQUE INDEX disputes_current ON disputes (audit_id, dispute_id) WHERE known_until = 'infinity';
CREATE INDEX moderation_section_differences_version ON moderation_section_differences (audit_id, sequence);
CREATE UNIQUE INDEX recommendations_current ON recommendations (audit_id, recommendation_id)
    WHERE known_until = 'infinity';
CREATE UNIQUE INDEX escalations_current ON escalations (escalation_id) WHERE known_until = 'infinity';
CREATE UNIQUE INDEX escalations_version ON escalations (escalation_id, sequence);
CREATE INDEX escalations_raised ON escalations (authority, raised_at) WHERE known_until = 'infinity';
CREATE UNIQUE INDEX tools_version ON tools (tool_id, sequence);
CREATE INDEX tool_sections_version ON tool_sections (tool_id, sequence);
CREATE INDEX tool_themes_version ON tool_themes (tool_id, sequence);
CREATE INDEX tool_questions_version ON tool_questions (tool_id, sequence);
CREATE INDEX erased_children_reference ON erased_children (case_reference);
