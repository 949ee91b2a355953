"""What may come in, whichever way it comes."""

from pydantic import BaseModel, Field

from agent import schemas as s
from agent.run import Run


class Refused(ValueError):
    """A request that is not run, in words that are safe to send back."""


class RunRequest(BaseModel):
    input: str = Field(min_length=1)
    session_id: str | None = Field(None, max_length=128, pattern=r"^[\w.-]+$")

    def run_for(self, user: str, policies: s.Policies) -> Run:
        """A new run; its session is the caller's own. Raises `Refused`."""
        if len(self.input) > policies.max_input_chars:
            raise Refused("the input is too long")
        session = f"{user}:{self.session_id}" if self.session_id else None
        return Run(input=self.input, session_id=session, user=user)
