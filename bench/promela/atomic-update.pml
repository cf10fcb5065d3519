/* atomic-update at statement granularity: the condition is in the UPDATE, which asks it again on the row that it locks. */
#ifndef N
#define N 2
#endif

byte owner = 0;		/* locked_by: 0 is NULL, i + 1 is client i */
bit rowLocked = 0;
byte owning = 0;

/* A statement that needs the row takes its lock, or is sent and waits: that is a state of its own. */
#define LOCK_ROW(action) \
	if :: d_step { !rowLocked -> action } :: rowLocked; d_step { !rowLocked -> action } fi

active [N] proctype client()
{
idle:
	if
	:: d_step { (!rowLocked && owner != 0) -> skip }; goto idle	/* UPDATE … WHERE locked_by IS NULL: no row */
	:: d_step { (!rowLocked && owner == 0) -> rowLocked = 1 }	/* it is free */
	:: rowLocked;							/* it waits, and asks again then */
	   if
	   :: d_step { (!rowLocked && owner != 0) -> skip }; goto idle
	   :: d_step { (!rowLocked && owner == 0) -> rowLocked = 1 }
	   fi
	fi;
	d_step { owner = _pid + 1; rowLocked = 0; owning++; assert(owning <= 1) };	/* its commit */
	d_step { owning-- };						/* release: believes no longer */
	LOCK_ROW(rowLocked = 1);					/* UPDATE … SET locked_by = NULL */
	d_step { owner = 0; rowLocked = 0 };				/* its commit */
	goto idle
}
