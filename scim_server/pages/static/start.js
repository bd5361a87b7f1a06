// Loaded first thing in the body: components may fold what scripts can unfold, before anybody sees it unfolded.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
